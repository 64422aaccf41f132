#include "client/owned_partitions.hpp"

namespace klamm::client {

time_point owned_partitions::poll_expected_since() const {
  return owned_.empty() ? never : sink_.waiting_since();
}

void owned_partitions::tell(rebalance_event::kind what, const partition_set& partitions, next_step then,
                            instant now) {
  if (partitions.empty()) return then(now);
  ++rebalances_;
  last_rebalance_ = now.steady;
  callback_ = next_callback_++;
  after_callback_ = std::move(then);
  sink_.rebalance({callback_, what, {partitions.begin(), partitions.end()}});
}

void owned_partitions::told(std::uint64_t id, instant now) {
  if (id == 0 || id != callback_) return;
  callback_ = 0;
  std::exchange(after_callback_, {})(now);
}

void owned_partitions::give_up(const partition_set& partitions) {
  for (const auto& at : partitions) {
    positions_.unassign(at);
    owned_.erase(at);
  }
}

void owned_partitions::revoke(const partition_set& partitions, next_step then, instant now) {
  for (const auto& at : partitions) positions_.pause(at, true);
  auto let_go = [this, partitions, then = std::move(then)](instant at) mutable {
    give_up(partitions);
    then(at);
  };
  tell(rebalance_event::kind::revoked, partitions, std::move(let_go), now);
}

void owned_partitions::assign(const partition_set& partitions, next_step then, instant now) {
  for (const auto& at : partitions) {
    owned_.insert(at);
    positions_.assign(at, true, now);
  }
  tell(rebalance_event::kind::assigned, partitions, std::move(then), now);
}

void owned_partitions::lose(next_step then, instant now) {
  const auto lost = owned_;
  give_up(lost);
  auto tell_it = [this, lost, then = std::move(then)](instant at) mutable {
    tell(rebalance_event::kind::lost, lost, std::move(then), at);
  };
  if (telling())
    after_callback_ = std::move(tell_it);
  else
    tell_it(now);
}

void owned_partitions::drop() {
  give_up(partition_set(owned_));
  callback_ = 0;
  sink_.withdraw_rebalance();
}

}  // namespace klamm::client
