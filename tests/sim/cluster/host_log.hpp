// What one host's machines say, with the virtual time and the host before it.
#pragma once

#include <string>

#include <fmt/format.h>

#include "base/log_sink.hpp"
#include "tests/sim/world.hpp"

namespace klamm::sim {

class host_log final : public log_sink {
 public:
  host_log(log_sink& to, const world& time, const std::string& host) : to_(to), time_(time), host_(host) {}

  bool wants(log_level level) const override { return to_.wants(level); }
  void write(log_level level, std::string_view where, std::string_view what) override {
    const auto at = time_.now().steady.time_since_epoch() / millis(1);
    to_.write(level, fmt::format("{} ms {} {}", at, host_, where), what);
  }

 private:
  log_sink& to_;
  const world& time_;
  std::string host_;
};

}  // namespace klamm::sim
