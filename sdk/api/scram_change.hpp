// A SCRAM credential to set, made of its password: the password itself stays here.
#pragma once

#include <klamm/admin_access_types.hpp>

#include "client/admin_vocabulary.hpp"

namespace klamm::api {

/// What cannot be derived, or not in a time to wait for, is `unacceptable`. How many iterations are enough the broker knows.
client::admin::scram_change derived(const ScramCredentialChange& change);

}  // namespace klamm::api
