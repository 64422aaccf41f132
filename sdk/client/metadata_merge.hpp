// What an answer to Metadata changes in what is known: rules that keep one stale broker from undoing it.
//
//   what the answer says of a partition         what is known afterwards
//   -----------------------------------------   --------------------------------------------------------------
//   leader epoch older than the known one       the known entry, unless the topic's id is another one
//   no epoch (old brokers)                      the answer
//   anything else                               the answer
//
//   what it says of a topic
//   -----------------------------------------
//   no error                                    its partitions, by the table above
//   a retriable error (unknown, no leader)      the known partitions and the error
//   another error (invalid, not authorized)     the error, no partitions
//   another topic id                            the answer: a topic deleted and made again is another topic
//   an id that the topic's name had before      what is known: ids never come back, so the answer is an old one
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "client/metadata_snapshot.hpp"
#include "wire/messages/metadata.hpp"

namespace klamm::client {

/// `known` may be null. Precondition: the answer has a name.
std::shared_ptr<const topic_view> merge_topic(const std::shared_ptr<const topic_view>& known,
                                              const wire::metadata_response::metadata_response_topic& said);

/// Brokers, cluster id and controller as the answer has them; topics merged. Topics that `keep` refuses are left out.
snapshot_ptr merge_metadata(const metadata_snapshot& known, const wire::metadata_response& said,
                            const std::function<bool(std::string_view)>& keep);

/// A leader heard of in an error (KIP-951); null if that is nothing new.
snapshot_ptr merge_leader(const metadata_snapshot& known, const topic_partition& of, node_id leader,
                          leader_epoch epoch);

/// The cluster refuses this client: each of `topics` that is not known fails with it.
snapshot_ptr merge_refusal(const metadata_snapshot& known, const std::set<std::string, std::less<>>& topics,
                           error_code why);

}  // namespace klamm::client
