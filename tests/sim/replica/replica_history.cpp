#include "tests/sim/replica/replica_history.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::sim {

void replica_history::committed(node_id by, leader_epoch in_epoch, partition_id in, offset base,
                                const batch_mark& batch) {
  const auto [first, fresh] = batches_.emplace(place{in, base}, batch);
  if (!fresh && first->second != batch)
    broken(fmt::format(
        "partition {}: to node {} offset {} is another committed batch (epoch {}) than to others (epoch {})",
        in.value, by.value, base.value, batch.epoch.value, first->second.epoch.value));
  // What begins inside of what is known is another batch there.
  if (fresh)
    if (const auto before = batches_.find({in, base}); before != batches_.begin())
      if (const auto& known = *std::prev(before); known.first.first == in && known.second.next > base)
        broken(fmt::format("partition {}: node {} has a committed batch at {}, inside of another's", in.value,
                           by.value, base.value));
  auto& end = ends_.try_emplace({in, in_epoch}, offset(0)).first->second;
  end = std::max(end, batch.next);
}

offset replica_history::committed_before(leader_epoch epoch, partition_id of) const {
  offset end(0);
  const auto later = ends_.lower_bound({of, epoch});
  for (auto at = ends_.lower_bound({of, leader_epoch(-1)}); at != later; ++at)
    end = std::max(end, at->second);
  return end;
}

void replica_history::leads(node_id who, partition_id of, leader_epoch epoch, offset end) {
  const auto [first, fresh] = leaders_.emplace(std::pair{of, epoch}, who);
  if (!fresh) {
    if (first->second != who)
      broken(fmt::format("partition {}: epoch {} has two leaders, {} and {}", of.value, epoch.value,
                         first->second.value, who.value));
    return;
  }
  if (const auto committed = committed_before(epoch, of); end < committed)
    broken(fmt::format(
        "partition {}: node {} begins to lead epoch {} with an end of {}, but {} was committed before",
        of.value, who.value, epoch.value, end.value, committed.value));
}

void replica_history::acknowledged(partition_id in, offset base, std::uint64_t value) {
  const auto [first, fresh] = acknowledged_.emplace(place{in, base}, value);
  if (!fresh && first->second != value)
    broken(fmt::format("partition {}: offset {} was acknowledged twice, for {} and {}", in.value, base.value,
                       first->second, value));
}

void replica_history::deleted(partition_id in, offset before) {
  auto& start = starts_.try_emplace(in, offset(0)).first->second;
  start = std::max(start, before);
}

void replica_history::check_acknowledged() {
  for (const auto& [at, value] : acknowledged_) {
    const auto found = batches_.find(at);
    // Records carry their number as the batch's checksum would: see replica_cluster::produce().
    const auto start = starts_.find(at.first);
    if (found == batches_.end() && start != starts_.end() && at.second < start->second) continue;
    if (found == batches_.end())
      broken(fmt::format("partition {}: {} was acknowledged at offset {}, and nobody has it committed",
                         at.first.value, value, at.second.value));
    else if (found->second.checksum != static_cast<std::uint32_t>(value))
      broken(fmt::format(
          "partition {}: at offset {} something else was committed than {}, which was acknowledged",
          at.first.value, at.second.value, value));
  }
}

}  // namespace klamm::sim
