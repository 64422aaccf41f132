// Text helpers of the generator: names, conditions, indented lines.
#pragma once

#include <string>
#include <string_view>

#include "model.hpp"

namespace klamm::codegen {

/// `throttle_time_ms` -> `throttleTimeMs`
std::string camel_case(std::string_view snake);
/// `FetchRequest` -> `fetch_request`, `KRaftVersionRecord` -> `kraft_version_record`
std::string snake_case(std::string_view camel);

/// `version >= 3 && version <= 5` as far as `context` does not say so already; empty: always.
std::string condition(version_range range, version_range context);

/// Source text that grows line by line.
class source {
 public:
  source& line(std::string_view text = {});
  /// A line that ends in ` {`, and everything up to the matching close() is indented.
  source& open(std::string_view text);
  source& close(std::string_view after = {});
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string indent_;
};

}  // namespace klamm::codegen
