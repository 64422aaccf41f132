#include "broker/log/leader_epochs.hpp"

#include <algorithm>

namespace klamm::broker::log {

bool leader_epochs::assign(leader_epoch epoch, offset start) {
  if (epoch.value < 0 || epoch == latest()) return false;
  while (!entries_.empty() && (entries_.back().epoch >= epoch || entries_.back().start >= start))
    entries_.pop_back();
  entries_.push_back({epoch, start});
  return true;
}

bool leader_epochs::truncate_from_end(offset end) {
  const auto before = entries_.size();
  while (!entries_.empty() && entries_.back().start >= end) entries_.pop_back();
  return entries_.size() != before;
}

bool leader_epochs::truncate_from_start(offset start) {
  const auto behind =
      std::find_if(entries_.begin(), entries_.end(), [&](const epoch_start& e) { return e.start > start; });
  if (behind == entries_.begin()) return false;
  const auto current = behind - 1;
  if (current == entries_.begin() && current->start == start) return false;
  current->start = start;
  entries_.erase(entries_.begin(), current);
  return true;
}

epoch_end leader_epochs::end_for(leader_epoch epoch, offset log_end) const {
  if (epoch.value < 0 || entries_.empty() || epoch > latest()) return {};
  if (epoch == latest()) return {epoch, log_end};
  const auto higher =
      std::find_if(entries_.begin(), entries_.end(), [&](const epoch_start& e) { return e.epoch > epoch; });
  if (higher == entries_.begin()) return {epoch, higher->start};
  return {(higher - 1)->epoch, higher->start};
}

leader_epoch leader_epochs::epoch_at(offset at) const {
  const auto behind =
      std::find_if(entries_.begin(), entries_.end(), [&](const epoch_start& e) { return e.start > at; });
  return behind == entries_.begin() ? leader_epoch() : (behind - 1)->epoch;
}

}  // namespace klamm::broker::log
