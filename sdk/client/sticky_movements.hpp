// Which partitions changed hands while a sticky assignment was balanced: so that, where one went from A to B, another one of the
// topic does not go from B to A; the first one goes back instead.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "client/sticky_problem.hpp"

namespace klamm::client {

class sticky_movements {
 public:
  using member = sticky_problem::member;
  using slot = sticky_problem::slot;
  using topic = sticky_problem::topic;

  /// What to move from `from` to `to` instead of `wanted`: a partition that came the other way, if there is one.
  slot instead_of(slot wanted, topic in, member from, member to) const {
    if (const auto moved = moves_.find(wanted); moved != moves_.end()) from = moved->second.from;
    const auto reverse = by_pair_.find({in, to, from});
    return reverse == by_pair_.end() ? wanted : *reverse->second.begin();
  }

  void record(slot s, topic in, member from, member to) {
    if (const auto earlier = moves_.find(s); earlier != moves_.end()) {
      const auto origin = earlier->second.from;
      const auto pair = by_pair_.find({in, origin, earlier->second.to});
      pair->second.erase(s);
      if (pair->second.empty()) by_pair_.erase(pair);
      moves_.erase(earlier);
      if (origin == to) return;
      from = origin;
    }
    moves_[s] = {from, to};
    by_pair_[{in, from, to}].insert(s);
  }

 private:
  struct movement {
    member from, to;
  };
  std::map<slot, movement> moves_;
  std::map<std::tuple<topic, member, member>, std::set<slot>> by_pair_;
};

}  // namespace klamm::client
