#include "handoff/rebalance_turns.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace klamm::handoff {

int rebalance_turns::membership() {
  const std::lock_guard held(lock_);
  return ended_;
}

bool rebalance_turns::begin(const client::rebalance_event& change, int membership) {
  const std::lock_guard held(lock_);
  if (membership < left_) return false;
  ++with_application_;
  for (const auto& at : change.partitions)
    if (change.what == client::rebalance_event::kind::assigned)
      owned_.insert(at);
    else
      owned_.erase(at);
  return true;
}

void rebalance_turns::end() { count(with_application_, -1); }

std::vector<topic_partition> rebalance_turns::give_up(const std::vector<topic_partition>& assigned) {
  const std::lock_guard held(lock_);
  const auto owned = std::exchange(owned_, {});
  std::vector<topic_partition> gone;
  if (with_application_ == 0) std::ranges::set_intersection(owned, assigned, std::back_inserter(gone));
  return gone;
}

void rebalance_turns::count(int& what, int by) {
  const std::lock_guard held(lock_);
  what += by;
}

}  // namespace klamm::handoff
