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
// A session is a follower's or a consumer's, as who opened it: for anybody else it does not exist, but that a full fetch ends
// whichever session it names. It ends with the connection that used it last, and with the next one that this connection opens:
// clients whose connection is lost begin anew. (Apache Kafka keeps it until its slot is wanted.)
//
// What sessions hold is bounded by the slots for small ones, and by one budget of partitions for those that are larger: one that
// has no room begins without a session, and one that outgrows it is told FETCH_SESSION_ID_NOT_FOUND.
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

/// How many partitions all sessions together have.
using partition_count = std::shared_ptr<std::size_t>;

class fetch_session {
 public:
  fetch_session(std::int32_t id, node_id replica, partition_count of_all)
      : id_(id), replica_(replica), of_all_(std::move(of_all)) {}
  ~fetch_session() { *of_all_ -= targets_.size(); }
  fetch_session(const fetch_session&) = delete;
  fetch_session& operator=(const fetch_session&) = delete;

  std::int32_t id() const { return id_; }
  /// The follower that opened it; -1: a consumer did.
  node_id replica() const { return replica_; }
  std::int32_t next_epoch() const { return next_epoch_; }
  void advance_epoch() { next_epoch_ = next_epoch_ == INT32_MAX ? 1 : next_epoch_ + 1; }

  /// Adds and updates what the request names, and drops what it forgets.
  void update(const wire::fetch_request& request, replicas& from);
  /// How many partitions the request names that the session does not have.
  std::size_t new_in(const wire::fetch_request& request) const;
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
  partition_count of_all_;
  std::int32_t next_epoch_ = 1;
  watcher watcher_;
  std::vector<std::unique_ptr<fetch_target>> targets_;
  std::map<target_key, fetch_target*> index_;  // of a session only
};
using session_ptr = std::shared_ptr<fetch_session>;

struct session_limits {
  std::size_t slots = 1000;  // max.incremental.fetch.session.cache.slots
  /// What all sessions and waiting fetches together may have of partitions before only small ones get more.
  std::size_t partitions = 250'000;
  /// The largest of the small ones.
  std::size_t small = 250;
};

/// The sessions that are kept: a full cache drops the one that is idle for longest, if that is long enough.
class session_cache {
 public:
  session_cache(session_limits limits, rng random) : limits_(limits), random_(random) {}

  struct found {
    error_code failure = error_code::none;
    session_ptr session;
    bool full = true;  // the answer names every partition
  };
  found find(const wire::fetch_request& request, link::connection_id from, instant now);
  /// The connection is gone.
  void drop(link::connection_id from);
  std::size_t size() const { return sessions_.size(); }
  /// Whether a fetch may wait for records: without a session of its own, many partitions would be held beside the budget.
  bool may_wait(const fetch_session& with) const { return with.id() != 0 || fits(with.targets().size(), 0); }

 private:
  session_ptr open(const wire::fetch_request& request, link::connection_id from, instant now);
  session_ptr make(std::int32_t id, node_id replica) const;
  bool fits(std::size_t in_session, std::size_t of_them_new) const {
    return in_session <= limits_.small || *partitions_ + of_them_new <= limits_.partitions;
  }
  bool has_room_for(const wire::fetch_request& request, const fetch_session& in) const;
  bool make_room(instant now);

  session_limits limits_;
  rng random_;
  partition_count partitions_ = std::make_shared<std::size_t>(0);
  std::map<std::int32_t, session_ptr> sessions_;
};

}  // namespace klamm::broker::replica
