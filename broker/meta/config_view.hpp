// What a configuration key is worth: what was set on the resource, else on this broker, else on every broker, else in this
// node's own configuration, else the default. Kafka's DescribeConfigs shows the whole chain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "broker/meta/config_table.hpp"
#include "broker/meta/image.hpp"

namespace klamm::broker::meta {

/// The numbers are those of DescribeConfigs.
enum class config_source : std::int8_t {
  topic = 1,
  dynamic_broker = 2,
  dynamic_default_broker = 3,
  static_broker = 4,
  built_in = 5,
};

struct config_value {
  config_source source;
  std::string_view name;  // the topic's key, or its synonym of the broker
  std::string_view value;
};

/// Views of an image and of a node's own configuration: valid as long as both.
class config_view {
 public:
  config_view(const image& image, const config_map& own, node_id node);

  /// Everything that says something about the key, what counts first. Empty: it has no value.
  std::vector<config_value> topic_chain(std::string_view topic, const config_key& key) const;
  std::vector<config_value> broker_chain(const config_key& key) const;

  /// Precondition for the following: the table has the key, of that type and with a default.
  std::string_view topic_text(std::string_view topic, std::string_view key) const;
  std::int64_t topic_number(std::string_view topic, std::string_view key) const;
  bool topic_flag(std::string_view topic, std::string_view key) const;
  std::string_view broker_text(std::string_view key) const;
  std::int64_t broker_number(std::string_view key) const;
  bool broker_flag(std::string_view key) const;

 private:
  void add_broker_values(const config_key& key, std::vector<config_value>& to) const;
  std::optional<std::string_view> find_broker(std::string_view key) const;

  const image& image_;
  const config_map& own_;
  const config_map& this_broker_;
  const config_map& every_broker_;
};

/// A number as checked values have it. Precondition: check_value() took it.
std::int64_t to_number(std::string_view value);
bool is_true(std::string_view value);

}  // namespace klamm::broker::meta
