#include "api/partitioning.hpp"

#include <utility>
#include <vector>
#include <zlib.h>

#include <fmt/format.h>

#include "wire/murmur2.hpp"

namespace klamm::api {
namespace {

std::vector<partition_id> available_in(const client::topic_view& topic) {
  std::vector<partition_id> all;
  for (const auto& partition : topic.partitions)
    if (partition.available()) all.push_back(partition.id);
  return all;
}

// librdkafka's "consistent": CRC-32 of the key modulo the number of partitions.
partition_id by_crc(BytesView key, std::size_t count) {
  const auto* bytes = reinterpret_cast<const Bytef*>(key.bytes().data());
  const auto crc = ::crc32_z(0, bytes, key.size());
  return partition_id(static_cast<std::int32_t>(crc % count));
}

}  // namespace

partition_id sticky_choice::next(const client::topic_view& topic, std::size_t bytes) {
  const std::lock_guard held(lock_);
  const auto* current = topic.find(current_);
  if (!current || !current->available() || sent_ >= batch_size_) {
    const auto choices = available_in(topic);
    // Without any leader the batch waits for one where it is.
    current_ = choices.empty() ? topic.partitions[dice_.below(topic.partitions.size())].id
                               : choices[dice_.below(choices.size())];
    sent_ = 0;
  }
  sent_ += bytes;
  return current_;
}

partitioning::partitioning(Partitioner how, std::size_t batch_size, std::uint64_t seed)
    : how_(std::move(how)), batch_size_(batch_size), next_seed_(seed) {}

partitioning::topic_state& partitioning::state_of(std::string_view topic) {
  {
    const std::shared_lock held(lock_);
    if (const auto found = topics_.find(topic); found != topics_.end()) return found->second;
  }
  const std::unique_lock held(lock_);
  return topics_.try_emplace(std::string(topic), next_seed_++, batch_size_).first->second;
}

partition_id partitioning::by_function(const RecordRef& record, const client::topic_view& topic) const {
  std::vector<Partition> available;
  for (const auto id : available_in(topic)) available.emplace_back(id.value);
  const PartitionInput input{record.topic, record.key, available, static_cast<int>(topic.partitions.size())};
  return partition_id(how_.function()(input).value);
}

result<partition_id> partitioning::choose(const RecordRef& record, const client::topic_view& topic) {
  const auto count = topic.partitions.size();
  partition_id chosen(record.partition.value);
  if (chosen.value < 0) {
    switch (how_.kind()) {
      case Partitioner::Kind::java:
        if (!record.key.is_null())
          return wire::partition_for_key(record.key.bytes(), static_cast<std::int32_t>(count));
        return state_of(record.topic).sticky.next(topic, record.value.size() + record.key.size());
      case Partitioner::Kind::consistent_random:
        // An empty key is as good as none to librdkafka.
        if (!record.key.empty()) return by_crc(record.key, count);
        return state_of(record.topic).sticky.next(topic, record.value.size());
      case Partitioner::Kind::round_robin: {
        const auto turn = state_of(record.topic).turn.fetch_add(1, std::memory_order_relaxed);
        return topic.partitions[turn % count].id;
      }
      case Partitioner::Kind::custom: chosen = by_function(record, topic); break;
    }
  }
  if (topic.find(chosen)) return chosen;
  return error(
      error_code::unknown_topic_or_partition,
      fmt::format("there is no partition {} in \"{}\", which has {}", chosen.value, record.topic, count));
}

}  // namespace klamm::api
