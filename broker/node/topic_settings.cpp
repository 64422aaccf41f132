#include "broker/node/topic_settings.hpp"

#include <algorithm>

namespace klamm::broker::node {
namespace {

bool lists(std::string_view list, std::string_view part) {
  const auto parts = meta::split_list(list);
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

std::optional<wire::compression> compression_of(const meta::config_view& configs, std::string_view topic) {
  const auto type = configs.topic_text(topic, "compression.type");
  if (type == "producer") return std::nullopt;
  const auto codec = wire::parse_codec(type == "uncompressed" ? "none" : type);
  if (!codec) return std::nullopt;
  wire::compression how{*codec, std::nullopt};
  const auto level = [&](std::string_view key) {
    how.level = static_cast<int>(configs.topic_number(topic, key));
  };
  if (*codec == wire::codec::gzip) level("compression.gzip.level");
  if (*codec == wire::codec::lz4) level("compression.lz4.level");
  if (*codec == wire::codec::zstd) level("compression.zstd.level");
  return how;
}

/// Of a list that was checked when it was set (config_table.cpp).
replica::throttled_replicas throttled_of(std::string_view list, node_id self) {
  replica::throttled_replicas throttled;
  for (const auto part : meta::split_list(list)) {
    const auto colon = part.find(':');
    if (colon == std::string_view::npos)
      throttled.all = true;
    else if (meta::to_number(part.substr(colon + 1)) == self.value)
      throttled.partitions.emplace_back(static_cast<std::int32_t>(meta::to_number(part.substr(0, colon))));
  }
  return throttled;
}

log::log_options log_options_of(const meta::config_view& configs, std::string_view topic) {
  const auto number = [&](std::string_view key) { return configs.topic_number(topic, key); };
  log::log_options options = log_defaults(configs);
  options.segment_bytes = static_cast<std::int32_t>(number("segment.bytes"));
  options.segment_ms = millis(number("segment.ms"));
  options.segment_jitter_ms = millis(number("segment.jitter.ms"));
  options.index_interval_bytes = static_cast<std::int32_t>(number("index.interval.bytes"));
  options.segment_index_bytes = static_cast<std::int32_t>(number("segment.index.bytes"));
  options.flush_messages = number("flush.messages");
  options.retention_bytes = number("retention.bytes");
  options.retention_ms = millis(number("retention.ms"));
  options.delete_old = lists(configs.topic_text(topic, "cleanup.policy"), "delete");
  return options;
}

}  // namespace

log::log_options log_defaults(const meta::config_view& configs) {
  log::log_options options;
  options.fsync = configs.broker_text("klamm.fsync") == "ack" ? log::fsync_mode::ack : log::fsync_mode::os;
  options.producer_expiration = millis(configs.broker_number("producer.id.expiration.ms"));
  return options;
}

replica::settings_ptr settings_of(const meta::config_view& configs, std::string_view topic, node_id self) {
  const auto number = [&](std::string_view key) { return configs.topic_number(topic, key); };
  auto settings = std::make_shared<replica::partition_settings>();
  settings->log = log_options_of(configs, topic);
  settings->max_message_bytes = static_cast<std::size_t>(number("max.message.bytes"));
  settings->max_decompressed_bytes = static_cast<std::size_t>(number("max.decompressed.message.bytes"));
  settings->timestamp_before_max = millis(number("message.timestamp.before.max.ms"));
  settings->timestamp_after_max = millis(number("message.timestamp.after.max.ms"));
  settings->log_append_time = configs.topic_text(topic, "message.timestamp.type") == "LogAppendTime";
  settings->compacted = lists(configs.topic_text(topic, "cleanup.policy"), "compact");
  settings->recompress_with = compression_of(configs, topic);
  settings->throttled_leaders =
      throttled_of(configs.topic_text(topic, "leader.replication.throttled.replicas"), self);
  settings->throttled_followers =
      throttled_of(configs.topic_text(topic, "follower.replication.throttled.replicas"), self);
  settings->min_insync_replicas = static_cast<int>(number("min.insync.replicas"));
  return settings;
}

group::group_options group_options_of(const meta::config_view& configs) {
  const auto ms = [&](std::string_view key) { return millis(configs.broker_number(key)); };
  group::group_options options;
  options.limits.min_session_timeout = ms("group.min.session.timeout.ms");
  options.limits.max_session_timeout = ms("group.max.session.timeout.ms");
  options.limits.max_size = static_cast<std::size_t>(configs.broker_number("group.max.size"));
  // As many assignors as clients have, each with as much as the group's record can hold.
  options.limits.max_protocols_bytes =
      4 * static_cast<std::size_t>(configs.broker_number("message.max.bytes"));
  options.limits.initial_rebalance_delay = ms("group.initial.rebalance.delay.ms");
  options.max_metadata_bytes = static_cast<std::size_t>(configs.broker_number("offset.metadata.max.bytes"));
  options.offsets_retention = std::chrono::minutes(configs.broker_number("offsets.retention.minutes"));
  options.expiry_interval = ms("offsets.retention.check.interval.ms");
  return options;
}

}  // namespace klamm::broker::node
