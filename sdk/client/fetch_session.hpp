// An incremental fetch session with one broker (KIP-227): what a request has to say so that the broker knows all that is fetched.
//
//   state            request                                               answer                     next
//   --------------   ---------------------------------------------------   ------------------------   -----------
//   new (epoch 0)    everything                                            a session id               established
//                                                                          id 0: the broker has no    new
//                                                                          room for sessions
//   established      what is new or changed, and what to forget; epoch+1   ok                         established
//   any                                                                    session error, or none     new; the old
//                                                                          at all                     id is closed
//
// A partition whose topic has another id than in the session is forgotten under the old and added under the new one. Topics are
// named by id in all of a session or in none of it.
#pragma once

#include <map>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/uuid.hpp"
#include "client/fetch_sink.hpp"

namespace klamm::client {

/// What one partition's fetch asks for.
struct fetch_ask {
  uuid topic_id;
  offset from;
  leader_epoch current_epoch, last_fetched_epoch;
  std::int32_t max_bytes = 0;
  /// Of the position that is asked for: not told to the broker.
  position_epoch life{};
  bool operator==(const fetch_ask&) const = default;
};
using fetch_asks = std::map<topic_partition, fetch_ask>;

struct fetch_plan {
  std::int32_t session_id = 0;
  std::int32_t epoch = 0;
  fetch_asks ask;
  std::vector<std::pair<topic_partition, uuid>> forget;
  bool by_id = false;
  /// Nothing to say: the broker knows it all, and is asked to look again.
  bool full() const { return epoch == 0; }
};

/// Whether all of these can be named by id.
bool all_have_ids(const fetch_asks& asks);

class fetch_session {
 public:
  /// `wanted` is everything that is to be fetched now.
  fetch_plan next(const fetch_asks& wanted);
  void answered(std::int32_t session_id);
  /// The answer was an error of the session or did not come: everything is said again.
  void failed(error_code why);

  /// Whether the answer may speak of this partition.
  bool asked(const topic_partition& at) const { return known_.contains(at); }
  const fetch_asks& known() const { return known_; }

 private:
  void say_changes(const fetch_asks& wanted, fetch_plan& plan) const;

  std::int32_t id_ = 0;
  std::int32_t epoch_ = 0;
  bool by_id_ = false;
  fetch_asks known_;
};

}  // namespace klamm::client
