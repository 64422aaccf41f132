// A topic's configuration, as far as its replicas follow it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/time.hpp"
#include "broker/log/log_types.hpp"
#include "broker/replica/replication_quota.hpp"
#include "wire/compression.hpp"

namespace klamm::broker::replica {

struct partition_settings {
  log::log_options log;
  std::size_t max_message_bytes = 1048588;           // max.message.bytes
  std::size_t max_decompressed_bytes = 268435456;    // max.decompressed.message.bytes
  millis timestamp_before_max = millis::max();       // message.timestamp.before.max.ms
  millis timestamp_after_max{3600000};               // message.timestamp.after.max.ms
  bool log_append_time = false;                      // message.timestamp.type
  bool compacted = false;                            // cleanup.policy has "compact"
  std::optional<wire::compression> recompress_with;  // compression.type, unless "producer"
  int min_insync_replicas = 1;                       // min.insync.replicas
  throttled_replicas throttled_leaders;              // leader.replication.throttled.replicas
  throttled_replicas throttled_followers;            // follower.replication.throttled.replicas
};
using settings_ptr = std::shared_ptr<const partition_settings>;

}  // namespace klamm::broker::replica
