// What a client fetches: the partitions of one request, or of a session over many requests (KIP-227).
//
//   request                     session id   epoch    what it means
//   -------------------------   ----------   ------   -----------------------------------------------------------------
//   full, no session            0            -1       all partitions named, nothing kept
//   full, opens a session       0 or old     0        all partitions named; the answer gives the session's id
//   full, ends the session      id           -1       as the first, and the session is forgotten
//   incremental                 id           1, 2..   names what changed; the answer has what is new
//   unknown id / wrong epoch                          FETCH_SESSION_ID_NOT_FOUND / INVALID_FETCH_SESSION_EPOCH
//
// A session is a follower's or a consumer's, as who opened it: for anybody else it does not exist. It ends with the connection
// that used it last, and with the next one that this connection opens: clients whose connection is lost begin anew, and what
// sessions hold is bounded by the connections that there are. (Apache Kafka keeps it until its slot is wanted.)
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "broker/replica/replicas.hpp"
#include "broker/replica/watch.hpp"
#include "link/transport.hpp"
#include "wire/messages/fetch.hpp"

namespace klamm::broker::replica {

/// A topic as a request names it: by id from version 13 on, by name before.
struct topic_key {
  std::string name;
  uuid id;
  auto operator<=>(const topic_key&) const = default;
};

/// The broker that fetches in order to follow; none: a consumer does.
struct fetching_replica {
  node_id id;
  std::int64_t broker_epoch = -1;  // KIP-903

  explicit operator bool() const { return id.value >= 0; }
};
inline fetching_replica replica_of(const wire::fetch_request& request) {
  if (request.replica_state.replica_id != node_id())  // from version 15 on
    return {request.replica_state.replica_id, request.replica_state.replica_epoch};
  return {request.replica_id};
}

/// One partition that is fetched, and what the client was last told of it.
struct fetch_target final : watch_node {
  fetch_target(watcher& owner, std::shared_ptr<const topic_key> topic_of,
               const wire::fetch_request::fetch_partition& from, watched_for what)
      : watch_node(owner, what), topic(std::move(topic_of)) {
    update(from);
  }
  void update(const wire::fetch_request::fetch_partition& from);
  void told(const wire::fetch_response::partition_data& data);
  /// Whether the partition's offsets are other ones than it was told.
  bool is_news() const;

  std::shared_ptr<const topic_key> topic;
  partition_id id;
  leader_epoch claimed_epoch, last_fetched_epoch;
  offset next;
  std::int32_t max_bytes = 0;
  offset told_high_watermark, told_start;
  offset log_start, high_watermark;  // of a follower
};

class fetch_session {
 public:
  fetch_session(std::int32_t id, node_id replica) : id_(id), replica_(replica) {}

  std::int32_t id() const { return id_; }
  /// The follower that opened it; -1: a consumer did.
  node_id replica() const { return replica_; }
  std::int32_t next_epoch() const { return next_epoch_; }
  void advance_epoch() { next_epoch_ = next_epoch_ == INT32_MAX ? 1 : next_epoch_ + 1; }

  /// Adds and updates what the request names, and drops what it forgets.
  void update(const wire::fetch_request& request, replicas& from);
  watcher& ready() { return watcher_; }
  /// In the order in which they were first named.
  const std::vector<std::unique_ptr<fetch_target>>& targets() const { return targets_; }

  time_point last_used;
  link::connection_id used_by;
  bool busy = false;  // a request of it waits

 private:
  using target_key = std::pair<topic_key, partition_id>;
  void put(const std::shared_ptr<const topic_key>& topic, const wire::fetch_request::fetch_partition& from,
           replicas& all);
  void forget(const wire::fetch_request& request);

  std::int32_t id_;
  node_id replica_;
  std::int32_t next_epoch_ = 1;
  watcher watcher_;
  std::vector<std::unique_ptr<fetch_target>> targets_;
  std::map<target_key, fetch_target*> index_;  // of a session only
};
using session_ptr = std::shared_ptr<fetch_session>;

/// The sessions that are kept: a full cache drops the one that is idle for longest, if that is long enough.
class session_cache {
 public:
  session_cache(std::size_t slots, rng random) : slots_(slots), random_(random) {}

  struct found {
    error_code failure = error_code::none;
    session_ptr session;
    bool full = true;  // the answer names every partition
  };
  found find(const wire::fetch_request& request, link::connection_id from, instant now);
  /// The connection is gone.
  void drop(link::connection_id from);
  std::size_t size() const { return sessions_.size(); }

 private:
  session_ptr open(node_id replica, link::connection_id from, instant now);
  bool make_room(instant now);

  std::size_t slots_;
  rng random_;
  std::map<std::int32_t, session_ptr> sessions_;
};

}  // namespace klamm::broker::replica
