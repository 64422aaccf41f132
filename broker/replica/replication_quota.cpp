#include "broker/replica/replication_quota.hpp"

#include <algorithm>

namespace klamm::broker::replica {
namespace {

/// How long so many bytes take at the limit.
duration time_for(std::int64_t bytes, std::int64_t limit) {
  constexpr double longest = 1e9;  // seconds
  if (bytes == 0) return {};
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(
      std::min(static_cast<double>(bytes) / static_cast<double>(limit), longest)));
}

}  // namespace

void replication_quota::record(std::size_t bytes, time_point now) {
  while (!kept_.empty() && end_of_life(kept_.front()) <= now) kept_.pop_front();
  if (kept_.empty() || now - kept_.back().start >= windows_.length) kept_.push_back({now});
  kept_.back().bytes += static_cast<std::int64_t>(bytes);
}

time_point replication_quota::free_at(time_point now) const {
  if (limit_ == INT64_MAX) return now;
  std::int64_t recorded = 0;
  for (const auto& one : kept_)
    if (end_of_life(one) > now) recorded += one.bytes;
  auto at = now;
  for (const auto& oldest : kept_) {
    if (end_of_life(oldest) <= now) continue;
    const auto needs = time_for(recorded, limit_);
    if (needs > windows_.length) at = std::max(at, after(oldest.start, needs));
    if (at < end_of_life(oldest)) return at;
    at = end_of_life(oldest);  // what it has is forgotten by then
    recorded -= oldest.bytes;
  }
  return at;
}

bool throttled_replicas::has(partition_id id) const {
  return all || std::ranges::find(partitions, id) != partitions.end();
}

}  // namespace klamm::broker::replica
