#include "api/partitioning.hpp"

#include <algorithm>
#include <utility>
#include <vector>
#include <zlib.h>

#include <fmt/format.h>

#include "wire/murmur2.hpp"

namespace klamm::api {
namespace {

std::vector<partition_id> available_in(const client::topic_view* topic) {
  std::vector<partition_id> all;
  if (!topic) return all;
  for (const auto& partition : topic->partitions)
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

partition_id sticky_choice::next(const topic_glance& topic, std::size_t bytes, const backlog* waiting) {
  const std::lock_guard held(lock_);
  if (sent_ >= batch_size_ || topic.changed_since(looked_)) look(topic, waiting);
  sent_ += bytes;
  return current_;
}

/// With as many chances as it has fewer batches than the one that has most, and one more: what Java's client does.
partition_id sticky_choice::draw(const std::vector<partition_id>& choices, const backlog* waiting) {
  if (waiting == nullptr) return choices[dice_.below(choices.size())];
  std::vector<std::size_t> chances(choices.size());
  for (std::size_t i = 0; i < choices.size(); ++i) chances[i] = waiting->of(choices[i]);
  const auto most = *std::max_element(chances.begin(), chances.end());
  std::size_t all = 0;
  for (auto& chance : chances) all += chance = most + 1 - chance;
  auto drawn = dice_.below(all);
  std::size_t i = 0;
  for (; drawn >= chances[i]; ++i) drawn -= chances[i];
  return choices[i];
}

void sticky_choice::look(const topic_glance& topic, const backlog* waiting) {
  const auto view = topic.look();
  looked_ = topic.version();
  const auto* current = view ? view->find(current_) : nullptr;
  if (sent_ < batch_size_ && current && current->available()) return;
  const auto choices = available_in(view.get());
  // Without any leader the batch waits for one where it is.
  current_ = choices.empty() ? partition_id(static_cast<std::int32_t>(dice_.below(topic.partitions())))
                             : draw(choices, waiting);
  sent_ = 0;
}

partition_id partitioning::by_function(const RecordRef& record, const topic_glance& topic) const {
  std::vector<Partition> available;
  for (const auto id : available_in(topic.look().get())) available.emplace_back(id.value);
  const PartitionInput input{record.topic, record.key, available, static_cast<int>(topic.partitions())};
  return partition_id(how_.function()(input).value);
}

result<partition_id> partitioning::choose(const RecordRef& record, const topic_glance& topic,
                                          const backlog* waiting) {
  const auto count = topic.partitions();
  partition_id chosen(record.partition.value);
  if (record.partition == Partition()) {
    switch (how_.kind()) {
      case Partitioner::Kind::java:
        if (!record.key.is_null())
          return wire::partition_for_key(record.key.bytes(), static_cast<std::int32_t>(count));
        return sticky_.next(topic, record.value.size() + record.key.size(), waiting);
      case Partitioner::Kind::consistent_random:
        // An empty key is as good as none to librdkafka.
        if (!record.key.empty()) return by_crc(record.key, count);
        return sticky_.next(topic, record.value.size(), waiting);
      case Partitioner::Kind::round_robin: {
        const auto turn = turn_.fetch_add(1, std::memory_order_relaxed);
        return partition_id(static_cast<std::int32_t>(turn % count));
      }
      case Partitioner::Kind::custom: chosen = by_function(record, topic); break;
    }
  }
  if (chosen.value >= 0 && static_cast<std::size_t>(chosen.value) < count) return chosen;
  return error(
      error_code::unknown_topic_or_partition,
      fmt::format("there is no partition {} in \"{}\", which has {}", chosen.value, record.topic, count));
}

}  // namespace klamm::api
