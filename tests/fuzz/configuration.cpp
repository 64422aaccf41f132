// Arbitrary text as a property file: it is refused with a reason, or every key can be read, in its own type.
#include "broker/server/configuration.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "broker/meta/config_view.hpp"

using namespace klamm;
using namespace klamm::broker;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_all(const meta::config_map& own) {
  const meta::image none;
  const meta::config_view view(none, own, node_id(0));
  for (const auto& key : meta::config_keys()) {
    if (key.scope == meta::config_scope::topic || !key.default_value) continue;
    if (key.type == meta::config_type::boolean)
      view.broker_flag(key.name);
    else if (key.type == meta::config_type::int32 || key.type == meta::config_type::int64)
      view.broker_number(key.name);
    else
      view.broker_text(key.name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto properties = server::parse_properties(text);
  if (!properties) {
    require(!properties.failure().message.empty());
    return 0;
  }
  std::vector<std::string> ignored;
  const auto options = server::make_options(*std::move(properties), ignored);
  if (options)
    read_all(options->node.configs);
  else
    require(!options.failure().message.empty());
  return 0;
}
