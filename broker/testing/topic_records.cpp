#include "broker/testing/topic_records.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include <klamm/admin.hpp>
#include <klamm/consumer.hpp>

namespace klamm::testing {
namespace {

std::vector<TopicPartition> partitions_of(const ClientOptions& client, std::string_view topic) {
  const auto described = Admin(client).describe_topics({topic});
  const auto& outcome = described[std::string(topic)];
  if (!outcome) throw Exception(outcome.error());
  std::vector<TopicPartition> partitions;
  for (const auto& partition : outcome->partitions)
    partitions.push_back({std::string(topic), partition.partition});
  return partitions;
}

bool is_at(const Consumer& consumer, const std::vector<TopicPartitionOffset>& ends) {
  return std::all_of(ends.begin(), ends.end(),
                     [&](const TopicPartitionOffset& end) { return consumer.position(end.at) >= end.next; });
}

}  // namespace

std::vector<Record> records_of(const ClientOptions& client, std::string_view topic) {
  const auto partitions = partitions_of(client, topic);
  Consumer consumer(client, {.auto_offset_reset = earliest});
  const auto ends = consumer.end_offsets(partitions);
  consumer.assign(partitions);
  std::vector<Record> records;
  // A partition's last offsets may be of a transaction's markers, which no poll gives: the positions say whether all is read.
  const auto deadline = std::chrono::steady_clock::now() + client.api_timeout;
  while (!is_at(consumer, ends)) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(fmt::format(
          "{} could not be read to its end within {} ms: is a partition without a leader? (start, heal)",
          topic, client.api_timeout.count()));
    for (const auto& record : consumer.poll(Millis(100))) records.push_back(record.to_record());
  }
  std::stable_sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.partition, a.offset) < std::tie(b.partition, b.offset);
  });
  return records;
}

}  // namespace klamm::testing
