#include "client/absent_partitions.hpp"

#include <utility>

#include <fmt/format.h>

namespace klamm::client {

void absent_partitions::look(const metadata_snapshot& known, const positions::map& assigned) {
  if (!log_.wants(log_level::warning)) return;
  if (version_ == known.version && assigned_ == assigned.size()) return;
  version_ = known.version;
  assigned_ = assigned.size();
  look_for_topics(known);
  look_for_partitions(known, assigned);
}

void absent_partitions::look_for_topics(const metadata_snapshot& known) {
  std::set<std::string> absent;
  for (const auto& topic : known.topics) {
    if (topic->error != error_code::unknown_topic_or_partition) continue;
    absent.insert(topic->name);
    if (!topics_.contains(topic->name))
      log_.write(log_level::warning, "consumer",
                 fmt::format("no broker knows the topic \"{}\" ({}): it is waited for", topic->name,
                             name(topic->error)));
  }
  topics_ = std::move(absent);
}

void absent_partitions::look_for_partitions(const metadata_snapshot& known, const positions::map& assigned) {
  std::set<topic_partition> absent;
  for (const auto& [at, position] : assigned) {
    const auto* topic = known.find(at.topic);
    if (!topic || topic->error != error_code::none || topic->find(at.partition)) continue;
    absent.insert(at);
    if (!partitions_.contains(at))
      log_.write(log_level::warning, "consumer",
                 fmt::format("\"{}\" has no partition {}, only {} of them ({}): it is waited for", at.topic,
                             at.partition.value, topic->partitions.size(),
                             name(error_code::unknown_topic_or_partition)));
  }
  partitions_ = std::move(absent);
}

}  // namespace klamm::client
