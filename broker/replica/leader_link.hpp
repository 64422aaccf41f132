// How followers reach the leaders of their partitions: the node implements it over its connections to other brokers.
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "base/uuid.hpp"
#include "wire/messages/fetch.hpp"

namespace klamm::broker::replica {

/// An answer to a Fetch. The response views the frame that it was decoded from.
struct fetched {
  buffer_slice frame;
  wire::fetch_response response;
};
using fetched_handler = unique_function<void(result<fetched>)>;

/// What a leader's log covers.
struct leader_range {
  offset start, end;
};
using range_handler = unique_function<void(result<leader_range>)>;

struct range_question {
  topic_partition partition;
  uuid topic_id;
  klamm::leader_epoch leader_epoch;
};

/// Both calls answer once, and not before they return; a failure is the request's, not a partition's. Whoever asks has one
/// Fetch open at each leader.
class leader_links {
 public:
  virtual ~leader_links() = default;
  /// Fetch of version 13 or higher: topics are named by ids, and the request views nothing. It carries the replica id and the
  /// broker epoch as replica_state; up to version 14 the replica id goes where it was then.
  virtual void fetch(node_id leader, wire::fetch_request request, fetched_handler done) = 0;
  /// ListOffsets as a replica: the earliest offset and the log's end. Fails with the partition's error, too.
  virtual void range(node_id leader, const range_question& asked, range_handler done) = 0;
};

}  // namespace klamm::broker::replica
