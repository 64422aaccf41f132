#include "broker/server/disk_turns.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/server/file_of.hpp"

namespace klamm::broker::server {

void disk_turns::put(log::disk_effects&& operations) {
  for (auto& one : operations) {
    const auto* const file = file_of(one.operation);
    if (file && waiting_.contains(*file))
      wait(std::move(one));
    else
      now_.push_back(std::move(one));
  }
}

log::disk_effects disk_turns::take(std::size_t most, bool waiting) {
  auto& from = now_.empty() && waiting ? later_ : now_;
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(most, from.size()));
  log::disk_effects out(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
  from.erase(from.begin(), end);
  if (&from == &now_) return out;
  for (const auto& one : out)
    if (const auto* const file = file_of(one.operation); file && --waiting_.at(*file) == 0)
      waiting_.erase(*file);
  return out;
}

void disk_turns::end_turn() {
  for (auto& one : std::exchange(now_, {})) wait(std::move(one));
}

void disk_turns::wait(log::disk_request&& operation) {
  if (const auto* const file = file_of(operation.operation)) ++waiting_[*file];
  later_.push_back(std::move(operation));
}

}  // namespace klamm::broker::server
