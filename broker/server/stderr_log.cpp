#include "broker/server/stderr_log.hpp"

#include <cstdio>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace klamm::broker::server {
namespace {

std::string_view name(log_level level) {
  switch (level) {
    case log_level::error: return "ERROR";
    case log_level::warning: return "WARN";
    case log_level::info: return "INFO";
    case log_level::debug: return "DEBUG";
  }
  return "";
}

}  // namespace

void stderr_log::write(log_level level, std::string_view where, std::string_view what) {
  const auto line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {:<5} {}: {}\n", fmt::gmtime(std::time(nullptr)),
                                name(level), where, what);
  std::fwrite(line.data(), 1, line.size(),
              stderr);  // a line that cannot be written is lost, and nothing else
}

}  // namespace klamm::broker::server
