// What an error means to a transaction: KIP-1050's classes as they are acted upon.
//
//   class                     what the producer does
//   -----------------------   ----------------------------------------------------------------------------------------------
//   retriable, refresh_...    the request is sent again (requester); a batch that ran out of time dooms the transaction
//   abortable                 the transaction is doomed: aborted, and the next one may succeed
//   application_recoverable   of the group's member: doomed, and the member joins again; of the producer: it is finished
//   invalid_configuration     doomed, and the error is told: the next transaction would run into it, too
#pragma once

#include "base/error.hpp"

namespace klamm::client {

/// Another producer has taken the transactional id over, or the coordinator has aborted what took too long. From a coordinator:
/// a leader may only be slow to hear of an epoch.
bool says_fenced(error_code code);
/// Of a coordinator: it does not know the producer's id or the transaction, so that there is nothing left to end.
bool says_forgotten(error_code code);
/// Whether the records and offsets of an aborted transaction may go through in the next one, as they are.
bool cured_by_aborting(error_code code);

}  // namespace klamm::client
