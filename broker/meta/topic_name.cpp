#include "broker/meta/topic_name.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/topic_name.hpp"

namespace klamm::broker::meta {
namespace {

error refuse(std::string why) { return {error_code::invalid_topic_exception, std::move(why)}; }

}  // namespace

bool is_internal_topic(std::string_view name) {
  return name == offsets_topic || name == transactions_topic || name == share_state_topic;
}

result<void> check_topic_name(std::string_view name) {
  if (name.empty()) return refuse("Topic name is invalid: the empty string is not allowed");
  if (name == "." || name == "..") return refuse("Topic name is invalid: '.' or '..' is not allowed");
  if (name.size() > longest_topic_name)
    return refuse(fmt::format("Topic name is invalid: {} characters, at most {} are allowed", name.size(),
                              longest_topic_name));
  if (!std::all_of(name.begin(), name.end(), may_stand_in_topic_name))
    return refuse(
        fmt::format("Topic name is invalid: '{}' contains one or more characters other than ASCII "
                    "alphanumerics, '.', '_' and '-'",
                    name));
  return {};
}

std::string collision_key(std::string_view name) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '.', '_');
  return key;
}

}  // namespace klamm::broker::meta
