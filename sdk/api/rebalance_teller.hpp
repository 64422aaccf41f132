// How the application hears of a group's changes.
//
//   event                    what happens
//   ----------------------   -----------------------------------------------------------------------------------
//   the member's change      the next poll calls on_rebalance with it; when what that was given has died, the group goes on
//   all is given up unasked  on_rebalance is called at once with what is owned, unless a change is with the application
//
// Whose turn it is: rebalance_turns.hpp.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <klamm/rebalance.hpp>

#include "base/unique_function.hpp"
#include "client/fetch_sink.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {
/// Called as it dies: the group goes on.
struct RebalanceState {
  ~RebalanceState() {
    if (go_on) go_on();
  }

  Rebalance::Kind kind{};
  std::vector<TopicPartition> partitions;
  unique_function<void()> go_on;
};
}  // namespace detail
}  // namespace v1

namespace api {

class rebalance_teller {
 public:
  explicit rebalance_teller(std::function<void(Rebalance)> on_rebalance);
  ~rebalance_teller();

  /// For a poll to call; made by the machine's thread. `go_on` is called once what the application was given has died, on any thread.
  unique_function<void()> call(const client::rebalance_event& event, unique_function<void()> go_on);
  /// They are given up by a call of the application's own, which this is.
  void give_up(const std::vector<topic_partition>& assigned);
  /// The application leaves its membership: no change of that is told any more, and nothing waits for one. `left`: of the machine's
  /// thread, once that has ended it.
  void leave();
  void left();

 private:
  struct state;
  const std::shared_ptr<state> state_;  // of the changes too, which may outlive the consumer
};

}  // namespace api
}  // namespace klamm
