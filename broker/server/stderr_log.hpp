// Log lines on standard error: `time level where: what`.
#pragma once

#include "base/log_sink.hpp"

namespace klamm::broker::server {

class stderr_log final : public log_sink {
 public:
  explicit stderr_log(log_level most) : most_(most) {}
  bool wants(log_level level) const override { return level <= most_; }
  void write(log_level level, std::string_view where, std::string_view what) override;

 private:
  log_level most_;
};

}  // namespace klamm::broker::server
