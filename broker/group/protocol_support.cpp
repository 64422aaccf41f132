#include "broker/group/protocol_support.hpp"

#include <set>

namespace klamm::broker::group {
namespace {

std::set<std::string_view> names_of(const std::vector<member_protocol>& protocols) {
  std::set<std::string_view> names;
  for (const auto& each : protocols) names.insert(each.name);
  return names;
}

}  // namespace

void protocol_support::add(const std::vector<member_protocol>& of_member) {
  for (const auto name : names_of(of_member)) ++members_[std::string(name)];
}

void protocol_support::remove(const std::vector<member_protocol>& of_member) {
  for (const auto name : names_of(of_member)) {
    const auto found = members_.find(name);
    if (--found->second == 0) members_.erase(found);
  }
}

std::size_t protocol_support::of(std::string_view name) const {
  const auto found = members_.find(name);
  return found == members_.end() ? 0 : found->second;
}

}  // namespace klamm::broker::group
