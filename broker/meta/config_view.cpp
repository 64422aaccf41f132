#include "broker/meta/config_view.hpp"

#include <cassert>
#include <charconv>

namespace klamm::broker::meta {
namespace {

void add_from(const config_map& map, std::string_view key, config_source source,
              std::vector<config_value>& to) {
  if (const auto found = map.find(key); found != map.end())
    to.push_back({source, found->first, found->second});
}

const config_map* find_in(const config_map& map, std::string_view key, std::string_view& value) {
  const auto found = map.find(key);
  if (found == map.end()) return nullptr;
  value = found->second;
  return &map;
}

}  // namespace

config_view::config_view(const image& image, const config_map& own, node_id node)
    : image_(image),
      own_(own),
      this_broker_(image.overrides({resource_type::broker, std::to_string(node.value)})),
      every_broker_(image.overrides({resource_type::broker, ""})) {}

void config_view::add_broker_values(const config_key& key, std::vector<config_value>& to) const {
  add_from(this_broker_, key.name, config_source::dynamic_broker, to);
  add_from(every_broker_, key.name, config_source::dynamic_default_broker, to);
  add_from(own_, key.name, config_source::static_broker, to);
  if (key.default_value) to.push_back({config_source::built_in, key.name, key.default_value});
}

std::vector<config_value> config_view::topic_chain(std::string_view topic, const config_key& key) const {
  std::vector<config_value> chain;
  add_from(image_.overrides({resource_type::topic, std::string(topic)}), key.name, config_source::topic,
           chain);
  if (const auto* const synonym = find_broker_key(key.synonym)) {
    add_broker_values(*synonym, chain);
  } else if (key.default_value) {
    chain.push_back({config_source::built_in, key.name, key.default_value});
  }
  return chain;
}

std::vector<config_value> config_view::broker_chain(const config_key& key) const {
  std::vector<config_value> chain;
  add_broker_values(key, chain);
  return chain;
}

std::optional<std::string_view> config_view::find_broker(std::string_view key) const {
  std::string_view value;
  if (find_in(this_broker_, key, value) || find_in(every_broker_, key, value) || find_in(own_, key, value))
    return value;
  const auto* const known = find_broker_key(key);
  if (known && known->default_value) return known->default_value;
  return std::nullopt;
}

std::string_view config_view::topic_text(std::string_view topic, std::string_view key) const {
  std::string_view value;
  if (find_in(image_.overrides({resource_type::topic, std::string(topic)}), key, value)) return value;
  const auto* const known = find_topic_key(key);
  assert(known && known->default_value);
  return known->synonym.empty() ? known->default_value : broker_text(known->synonym);
}

std::string_view config_view::broker_text(std::string_view key) const {
  const auto value = find_broker(key);
  assert(value);
  return *value;
}

std::int64_t config_view::topic_number(std::string_view topic, std::string_view key) const {
  return to_number(topic_text(topic, key));
}
bool config_view::topic_flag(std::string_view topic, std::string_view key) const {
  return is_true(topic_text(topic, key));
}
std::int64_t config_view::broker_number(std::string_view key) const { return to_number(broker_text(key)); }
bool config_view::broker_flag(std::string_view key) const { return is_true(broker_text(key)); }

std::int64_t to_number(std::string_view value) {
  const auto first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return 0;
  std::int64_t number = 0;
  std::from_chars(value.data() + first, value.data() + value.size(), number);
  return number;
}

bool is_true(std::string_view value) { return split_list(value) == std::vector<std::string_view>{"true"}; }

}  // namespace klamm::broker::meta
