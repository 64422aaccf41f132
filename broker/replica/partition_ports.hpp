// What a partition lends to the role that it plays.
#pragma once

#include <string>

#include <fmt/format.h>

#include "broker/log/partition_log.hpp"
#include "broker/replica/settings.hpp"
#include "broker/replica/surroundings.hpp"

namespace klamm::broker::replica {

class role_listener {
 public:
  virtual ~role_listener() = default;
  /// The log's high watermark has moved.
  virtual void on_high_watermark(offset reached) = 0;
  /// The log was cut, and takes appends again. May end the role that says so.
  virtual void on_log_settled() = 0;
};

struct partition_ports {
  log::partition_log& log;
  const settings_ptr& settings;
  replica::alarm& alarm;
  role_listener& listener;

  void say(log_sink& sink, log_level level, const std::string& what) const {
    const auto& name = log.identity().partition;
    if (sink.wants(level))
      sink.write(level, fmt::format("replica {}-{}", name.topic, name.partition.value), what);
  }
};

}  // namespace klamm::broker::replica
