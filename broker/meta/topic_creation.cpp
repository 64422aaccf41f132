#include "broker/meta/topic_creation.hpp"

#include "broker/meta/topic_name.hpp"

namespace klamm::broker::meta {

void add_topic(topic_creation& to, std::string_view name, const config_view& configs) {
  auto& topic = to.request.topics.emplace_back();
  topic.name = to.texts.emplace_back(name);
  topic.num_partitions = -1;
  topic.replication_factor = -1;
  if (name != offsets_topic) return;
  topic.num_partitions = static_cast<std::int32_t>(configs.broker_number("offsets.topic.num.partitions"));
  const auto set = [&](std::string_view config_name, std::string_view value) {
    auto& config = topic.configs.emplace_back();
    config.name = config_name;
    config.value = value;
  };
  set("cleanup.policy", "compact");
  set("compression.type", "producer");
  set("segment.bytes", to.texts.emplace_back(configs.broker_text("offsets.topic.segment.bytes")));
}

}  // namespace klamm::broker::meta
