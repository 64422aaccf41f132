// Fetches what this node follows: one fetcher for each leading broker, with one session (KIP-227) over all partitions that are
// followed there, and one request in flight.
//
//   event                     what happens
//   -----------------------   -----------------------------------------------------------------------------------------
//   a follower comes or goes  it is in the next request, or is forgotten by it
//   run                       the next request leaves, unless one is in flight or a follower's disk is at work: what that
//                             one has to say would wait for a whole long poll otherwise
//   an answer                 each follower gets its part (follower_role.hpp); then the next request
//   a follower is throttled   it is left out, and asked for when the quota has room again (replication_quota.hpp)
//   the session is unknown    a full request opens another one
//   the request failed        the same, after a pause that grows up to replica.fetch.backoff.ms
//
// A request of a session names who is new, moved, or knows another high watermark (which the leader answers at once when
// its own is higher, KIP-1166).
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "broker/replica/follower_role.hpp"

namespace klamm::broker::replica {

class fetcher {
 public:
  fetcher(surroundings& around, node_id leader) : around_(around), leader_(leader) {}
  fetcher(const fetcher&) = delete;
  fetcher& operator=(const fetcher&) = delete;

  void follow(follower_role& follower);
  void leave(const follower_role& follower);
  /// Its state is another one; `held_up`: it held the fetch up before.
  void changed(const follower_role& follower, bool held_up);
  void run();
  time_point deadline() const { return in_flight_ ? never : std::min(retry_at_, take_at_); }

 private:
  using key = std::pair<uuid, partition_id>;
  struct followed {
    follower_role* role = nullptr;
    std::optional<fetch_position> told;  // what the leader's session has of it
  };
  static key key_of(const follower_role& follower) {
    return {follower.identity().topic_id, follower.identity().partition.partition};
  }

  std::optional<wire::fetch_request> next_request();
  bool may_take(const follower_role& follower);
  void add(wire::fetch_request& to, const key& name, followed& one);
  void forget(wire::fetch_request& to, const key& name);
  wire::fetch_request header() const;
  void on_answer(result<fetched> answer);
  void hand_out(const wire::fetch_response& response);
  void begin_session_anew();
  bool session_failed(error_code why);

  surroundings& around_;
  node_id leader_;
  std::map<key, followed> followed_;
  std::set<key> gone_;  // in the leader's session still
  key first_;           // of the next full request: nobody is always the last
  int at_disk_ = 0;     // how many hold the next request up
  bool due_ = false, in_flight_ = false;
  std::int32_t session_ = 0, session_epoch_ = 0;
  time_point retry_at_ = never, take_at_ = never;
  growing_pause pause_;
  lifetime life_;
};

/// The fetchers of one node.
class fetchers {
 public:
  explicit fetchers(surroundings& around) : around_(around) {}

  void follow(follower_role& follower);
  void leave(const follower_role& follower);
  void changed(const follower_role& follower, bool held_up);
  /// Sends what has become due. Called after every event.
  void run();
  /// Nothing is fetched any more, and what is on its way is not taken.
  void stop() { by_leader_.clear(); }
  time_point deadline() const;

 private:
  surroundings& around_;
  std::map<node_id, fetcher> by_leader_;
};

}  // namespace klamm::broker::replica
