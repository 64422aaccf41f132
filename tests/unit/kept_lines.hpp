// A log sink that keeps what one thread tells it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log_sink.hpp"

namespace klamm::test {

/// What was logged, and how badly.
struct kept_lines final : log_sink, std::vector<std::pair<log_level, std::string>> {
  bool wants(log_level) const override { return true; }
  /// How many lines as bad as this have these words.
  std::ptrdiff_t count(log_level how, std::string_view words) const {
    return std::count_if(begin(), end(), [&](const auto& line) {
      return line.first == how && line.second.find(words) != std::string::npos;
    });
  }
  void write(log_level level, std::string_view, std::string_view what) override { emplace_back(level, what); }
};

}  // namespace klamm::test
