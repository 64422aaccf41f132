// How many members of a group have each protocol: a join is judged by looking its names up, not by asking every member.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/group/classic_member.hpp"

namespace klamm::broker::group {

class protocol_support {
 public:
  /// The protocols of one member, which may name one more than once.
  void add(const std::vector<member_protocol>& of_member);
  /// Precondition: they were added.
  void remove(const std::vector<member_protocol>& of_member);
  void clear() { members_.clear(); }

  /// How many members have the protocol.
  std::size_t of(std::string_view name) const;

 private:
  std::map<std::string, std::size_t, std::less<>> members_;
};

}  // namespace klamm::broker::group
