#include "broker/log/segment_index.hpp"

#include <algorithm>
#include <cassert>

#include "wire/endian.hpp"

namespace klamm::broker::log {
namespace {

constexpr std::size_t time_entry_size = 12;

std::uint32_t relative_to(offset base, offset at) {
  assert(at >= base && at - base <= INT32_MAX);
  return static_cast<std::uint32_t>(at - base);
}

}  // namespace

segment_index::position_entry segment_index::read_position(bytes_view entry) {
  assert(entry.size() >= position_entry_size);
  return {wire::load<std::uint32_t>(entry.data()), wire::load<std::uint32_t>(entry.data() + 4)};
}

void segment_index::note_batch(offset last, std::uint32_t position, std::size_t size, timestamp largest,
                               std::int32_t interval) {
  if (largest > largest_) {
    largest_ = largest;
    largest_at_ = last;
  }
  if (since_entry_ > static_cast<std::uint64_t>(interval)) {
    positions_.push_back({relative_to(base_, last), position});
    note_time();
    since_entry_ = 0;
  }
  since_entry_ += size;
}

void segment_index::note_time() {
  if (largest_.value < 0 || (!times_.empty() && largest_ <= times_.back().largest)) return;
  times_.push_back({largest_, relative_to(base_, largest_at_)});
}

void segment_index::finish() { note_time(); }

segment_index::found segment_index::find(offset at) const {
  const auto behind =
      std::upper_bound(positions_.begin(), positions_.end(), at - base_,
                       [](std::int64_t relative, const position_entry& e) { return relative < e.relative; });
  if (behind == positions_.begin()) return {};
  const auto& entry = *(behind - 1);
  return {base_ + entry.relative, entry.position};
}

offset segment_index::scan_start(timestamp at) const {
  const auto reached = std::lower_bound(times_.begin(), times_.end(), at,
                                        [](const time_entry& e, timestamp t) { return e.largest < t; });
  return reached == times_.begin() ? base_ : base_ + (reached - 1)->relative;
}

bool segment_index::full(std::int32_t max_bytes) const {
  const auto bytes = static_cast<std::size_t>(max_bytes);
  // One time entry is kept free for finish().
  return positions_.size() >= bytes / position_entry_size || times_.size() + 1 >= bytes / time_entry_size;
}

void segment_index::truncate_to(offset to) {
  while (!positions_.empty() && base_ + positions_.back().relative >= to) positions_.pop_back();
  while (!times_.empty() && base_ + times_.back().relative >= to) times_.pop_back();
  if (largest_at_ < to) return;
  largest_ = times_.empty() ? timestamp() : times_.back().largest;
  largest_at_ = times_.empty() ? offset() : base_ + times_.back().relative;
}

void segment_index::thin(std::uint32_t stride) {
  std::uint32_t kept = 0;
  std::erase_if(positions_, [&](const position_entry& e) {
    if (e.position < kept + stride) return true;
    kept = e.position;
    return false;
  });
  if (times_.empty()) return;
  // Time entries are as many as position entries at most; keep as many as those, and always the last.
  const auto step = positions_.empty() ? times_.size() : times_.size() / (positions_.size() + 1) + 1;
  std::vector<time_entry> few;
  for (std::size_t i = step; i < times_.size(); i += step) few.push_back(times_[i - 1]);
  few.push_back(times_.back());
  times_ = std::move(few);
  positions_.shrink_to_fit();
}

std::vector<std::byte> segment_index::encode_positions() const {
  std::vector<std::byte> out(positions_.size() * position_entry_size);
  auto* to = out.data();
  for (const auto& entry : positions_) {
    wire::store<std::uint32_t>(to, entry.relative);
    wire::store<std::uint32_t>(to + 4, entry.position);
    to += position_entry_size;
  }
  return out;
}

std::vector<std::byte> segment_index::encode_times() const {
  std::vector<std::byte> out(times_.size() * time_entry_size);
  auto* to = out.data();
  for (const auto& entry : times_) {
    wire::store<std::int64_t>(to, entry.largest.value);
    wire::store<std::uint32_t>(to + 8, entry.relative);
    to += time_entry_size;
  }
  return out;
}

std::optional<segment_index> segment_index::decode(offset base, offset next, std::uint64_t log_size,
                                                   bytes_view positions, bytes_view times) {
  segment_index out(base);
  if (positions.size() % position_entry_size != 0 || times.size() % time_entry_size != 0) return std::nullopt;
  for (std::size_t at = 0; at < positions.size(); at += position_entry_size) {
    const auto entry = read_position(positions.subspan(at));
    const bool rises = out.positions_.empty() || (entry.relative > out.positions_.back().relative &&
                                                  entry.position > out.positions_.back().position);
    if (!rises || base + entry.relative >= next || entry.position >= log_size) return std::nullopt;
    out.positions_.push_back(entry);
  }
  for (std::size_t at = 0; at < times.size(); at += time_entry_size) {
    const time_entry entry{timestamp(wire::load<std::int64_t>(&times[at])),
                           wire::load<std::uint32_t>(&times[at + 8])};
    const bool rises = out.times_.empty() || (entry.largest > out.times_.back().largest &&
                                              entry.relative >= out.times_.back().relative);
    if (!rises || base + entry.relative >= next) return std::nullopt;
    out.times_.push_back(entry);
  }
  // A log larger than the interval has entries; one that was closed has at least its last time entry.
  if (times.empty() && log_size != 0) return std::nullopt;
  if (!out.times_.empty()) {
    out.largest_ = out.times_.back().largest;
    out.largest_at_ = base + out.times_.back().relative;
  }
  return out;
}

}  // namespace klamm::broker::log
