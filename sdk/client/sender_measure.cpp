// What the sender counts, and what it knows of its partitions.
#include <algorithm>
#include <utility>

#include "client/sender.hpp"

namespace klamm::client {

void sender::count_drained(partition_slot slot, const partition_order::entry& e, instant now) {
  auto& counts = at(slot).counts;
  const auto& batch = e.batch->sealed();
  ++counts.batches;
  counts.records += static_cast<std::uint64_t>(batch.record_count);
  counts.bytes += batch.encoded_size();
  if (!counts.topic) counts.topic = &topics_[source_.partition(slot).topic];
  counts.topic->batch_bytes.add(batch.encoded_size(), now.steady);
  counts.topic->batch_records.add(static_cast<std::uint64_t>(batch.record_count), now.steady);
}

void sender::count_acknowledged(partition_slot slot, const partition_order::entry& e, instant now) {
  auto& counts = at(slot).counts;
  counts.acknowledged += static_cast<std::uint64_t>(e.records());
  counts.acknowledgement.add(now.steady - e.batch->opened(), now.steady);
}

measured_production sender::measure(partition_slot slot, time_point now) const {
  measured_production out;
  out.at = source_.partition(slot);
  if (std::cmp_greater_equal(slot.value, partitions_.size())) return out;
  const auto& p = partitions_[static_cast<std::size_t>(slot.value)];
  const auto* topic = metadata_.now_known().find(out.at.topic);
  const auto* known = topic ? topic->find(out.at.partition) : nullptr;
  out.leader = known ? known->leader : p.leader;
  out.in_flight_records = p.order.records();
  out.in_flight_batches = p.order.size();
  out.records = p.counts.records;
  out.bytes = p.counts.bytes;
  out.batches = p.counts.batches;
  out.acknowledged = p.counts.acknowledged;
  out.retries = p.counts.retries;
  out.splits = p.counts.splits;
  out.acknowledgement = p.counts.acknowledgement.summary(now);
  return out;
}

measured_producer sender::measure(time_point now) const {
  measured_producer out;
  out.load = source_.load();
  out.id = identity_.id;
  out.epoch = identity_.epoch;
  for (const auto& [topic, batches] : topics_)
    out.topics.push_back({topic, batches.batch_bytes.summary(now), batches.batch_records.summary(now)});
  for (std::size_t i = 0; i < out.load.partitions.size(); ++i) {
    auto& one = out.partitions.emplace_back(measure(partition_slot(static_cast<std::int32_t>(i)), now));
    one.waiting_records = out.load.partitions[i].records;
    one.waiting_bytes = out.load.partitions[i].bytes;
  }
  std::ranges::sort(out.partitions, {}, &measured_production::at);
  return out;
}

}  // namespace klamm::client
