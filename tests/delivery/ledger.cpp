#include "tests/delivery/ledger.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include <klamm/admin.hpp>
#include <klamm/consumer.hpp>

namespace klamm::delivery {

std::string ledger::value_of(std::string_view topic, std::uint32_t number) {
  auto value = fmt::format("{} {} ", topic, number);
  std::uint64_t state = number * 0x9e3779b97f4a7c15 + std::hash<std::string_view>()(topic);
  const auto size = 64 + state % 128;
  while (value.size() < size) {
    state = state * 6364136223846793005 + 1442695040888963407;
    value += static_cast<char>('a' + (state >> 33) % 26);
  }
  return value;
}

std::optional<std::uint32_t> ledger::number_in(std::string_view topic, std::string_view value) {
  if (!value.starts_with(topic) || value.size() <= topic.size() + 1) return std::nullopt;
  std::uint32_t number = 0;
  std::from_chars(value.data() + topic.size() + 1, value.data() + value.size(), number);
  if (value != value_of(topic, number)) return std::nullopt;
  return number;
}

void ledger::tell(std::uint32_t number, bool stored) {
  if (told_[number] != outcome::untold) ++counts_.told_again;
  told_[number] = stored ? outcome::stored : outcome::failed;
}

void ledger::read(const RecordView& record) {
  ++counts_.arrived;
  const auto number = number_in(topic_, record.value().text());
  if (!number || *number >= sent_ || record.key().text() != std::to_string(*number % keys)) {
    ++counts_.foreign;
    return;
  }
  if (seen_[*number]) {
    ++counts_.duplicates;
    return;
  }
  seen_[*number] = 1;
  auto& latest = latest_[*number % keys];
  if (*number < latest)
    ++counts_.reordered;
  else
    latest = *number;
}

verdict ledger::judged() const {
  auto all = counts_;
  all.sent = sent_;
  for (std::uint32_t i = 0; i < sent_; ++i) {
    const bool there = seen_[i] != 0;
    switch (told_[i]) {
      case outcome::untold: ++all.untold; break;
      case outcome::stored: ++all.acknowledged, all.lost += !there; break;
      case outcome::failed: ++all.failed, all.unpromised += there; break;
    }
  }
  return all;
}

namespace {

constexpr Millis patience{60'000};

// Which records are still to come, by partition.
using places = std::map<TopicPartition, Offset>;

places read_some(Consumer& from, const std::map<std::string_view, ledger*>& ledgers, places next) {
  const auto records = from.poll(patience);
  if (records.empty()) throw std::runtime_error("nothing to read came for a minute");
  const auto parts = records.by_partition();
  for (const auto& part : parts) {
    const auto& at = part.partition();
    auto& expected = next.at(at);
    auto& to = *ledgers.at(at.topic);
    for (const auto& record : part) {
      if (record.offset() != expected)
        throw std::runtime_error(fmt::format("{}/{} gave offset {} where {} is next", at.topic,
                                             at.partition.value, record.offset().value, expected.value));
      ++expected.value;
      to.read(record);
    }
  }
  return next;
}

}  // namespace

void read_back(std::string_view bootstrap, std::vector<ledger*> into) {
  std::map<std::string_view, ledger*> ledgers;
  std::vector<TopicPartition> partitions;
  Admin admin(bootstrap);
  for (auto* one : into) {
    ledgers[one->topic()] = one;
    const auto described = admin.describe_topics({one->topic()});
    const auto count = described.begin()->second.value().partitions.size();
    for (std::size_t p = 0; p < count; ++p)
      partitions.push_back({one->topic(), Partition(static_cast<std::int32_t>(p))});
  }
  Consumer reader(bootstrap, {.auto_offset_reset = earliest});
  places next, ends;
  for (const auto& at : partitions) next[at] = Offset(0);
  for (const auto& end : reader.end_offsets(partitions)) ends[end.at] = end.next;
  reader.assign(partitions);
  // What comes meanwhile, a request's late copy, may be read too.
  const auto has_more = [&](const auto& end) { return next.at(end.first) < end.second; };
  while (std::ranges::any_of(ends, has_more)) next = read_some(reader, ledgers, std::move(next));
}

void create_topic(std::string_view bootstrap, const std::string& name, int partitions) {
  Admin admin(bootstrap);
  admin.create_topic({.name = name, .partitions = partitions, .replication = 1});
}

}  // namespace klamm::delivery
