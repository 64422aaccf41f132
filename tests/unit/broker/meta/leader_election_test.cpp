#include "broker/meta/leader_election.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

struct election_case {
  std::vector<int> isr, eligible, may_lead;
  int leader;
  int last_known = -1;
};

std::vector<node_id> nodes(const std::vector<int>& numbers) {
  std::vector<node_id> list;
  for (const auto number : numbers) list.emplace_back(number);
  return list;
}

/// Of replicas 1, 2, 3.
election_result elect(const election_case& c, election how) {
  const auto replicas = nodes({1, 2, 3}), isr = nodes(c.isr), eligible = nodes(c.eligible),
             may = nodes(c.may_lead);
  leader_candidates of{replicas, isr, eligible, may, node_id(c.leader)};
  if (c.last_known >= 0) of.last_known_leader = node_id(c.last_known);
  return elect_leader(of, how);
}

election_result clean(int id) { return {node_id(id)}; }
election_result unclean(int id) { return {node_id(id), true}; }
constexpr election_result nobody{};

}  // namespace

TEST_CASE("a leader that may go on does, but for a preferred one") {
  const election_case c{.isr = {1, 2, 3}, .eligible = {}, .may_lead = {1, 2, 3}, .leader = 2};
  CHECK(elect(c, election::online) == clean(2));
  CHECK(elect(c, election::unclean) == clean(2));
  CHECK(elect(c, election::preferred) == clean(1));
}

TEST_CASE("without a leader the first in-sync replica of the list leads, in whatever order the ISR stands") {
  CHECK(elect({.isr = {3, 2}, .eligible = {}, .may_lead = {1, 2, 3}, .leader = -1}, election::online) ==
        clean(2));
  CHECK(elect({.isr = {3, 2}, .eligible = {}, .may_lead = {1, 3}, .leader = 2}, election::online) ==
        clean(3));
  CHECK(elect({.isr = {3, 2}, .eligible = {}, .may_lead = {1, 3}, .leader = 2}, election::preferred) ==
        clean(3));
}

TEST_CASE("an eligible leader counts only while nobody is in sync") {
  CHECK(elect({.isr = {}, .eligible = {2, 3}, .may_lead = {3}, .leader = -1}, election::online) == clean(3));
  CHECK(elect({.isr = {1}, .eligible = {2}, .may_lead = {2}, .leader = -1}, election::online) == nobody);
}

TEST_CASE("the last known leader leads only where nobody else is left, and uncleanly") {
  CHECK(elect({.isr = {}, .eligible = {}, .may_lead = {2, 3}, .leader = -1, .last_known = 3},
              election::online) == unclean(3));
  CHECK(elect({.isr = {}, .eligible = {}, .may_lead = {2}, .leader = -1, .last_known = 3},
              election::online) == nobody);
  CHECK(elect({.isr = {}, .eligible = {1}, .may_lead = {3}, .leader = -1, .last_known = 3},
              election::online) == nobody);
  CHECK(elect({.isr = {1}, .eligible = {}, .may_lead = {3}, .leader = -1, .last_known = 3},
              election::online) == nobody);
}

TEST_CASE("any live replica leads where that is allowed, and only then") {
  const election_case c{.isr = {1}, .eligible = {}, .may_lead = {3, 2}, .leader = 1};
  CHECK(elect(c, election::online) == nobody);
  CHECK(elect(c, election::preferred) == nobody);
  CHECK(elect(c, election::unclean) == unclean(2));
  CHECK(elect({.isr = {1}, .eligible = {}, .may_lead = {}, .leader = 1}, election::unclean) == nobody);
}
