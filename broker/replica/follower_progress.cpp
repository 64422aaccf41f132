#include "broker/replica/follower_progress.hpp"

#include <algorithm>

namespace klamm::broker::replica {

void follower_progress::on_fetch(const follower_position& said, offset leader_end, time_point now) {
  if (said.next >= leader_end)
    caught_up_at = now;
  else if (fetched_at_ && said.next >= leader_end_then_)
    caught_up_at = std::max(caught_up_at.value_or(*fetched_at_), *fetched_at_);
  end = said.next;
  log_start = said.log_start;
  broker_epoch = said.broker_epoch;
  fetched_at_ = now;
  leader_end_then_ = leader_end;
}

void follower_progress::on_new_leader(bool in_sync, time_point now) {
  *this = follower_progress(id);
  if (in_sync) caught_up_at = now;
}

void follower_progress::on_new_epoch(bool in_sync, offset leader_end, time_point now) {
  leader_end_then_ = leader_end;
  fetched_at_ = caught_up_at = in_sync ? std::optional(now) : std::nullopt;
}

}  // namespace klamm::broker::replica
