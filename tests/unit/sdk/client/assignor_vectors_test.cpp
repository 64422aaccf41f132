// Every assignor against what Java's gave for 360 groups: first assignments, rebalances after changes, conflicting claims; with
// racks, static members and differing subscriptions.
#include "assignor_vectors.hpp"

#include <iterator>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "vector_file.hpp"

using namespace klamm::wire_test;
using nlohmann::json;

TEST_CASE("each assignor gives what Java's gives") {
  const auto lines = read_lines(KLAMM_VECTORS "/assignors.jsonl.gz");
  CHECK(lines.size() == 360);
  std::map<std::string, int> exact;
  for (const auto& line : lines) {
    const auto group = json::parse(line);
    CAPTURE(group.at("id").dump());
    CAPTURE(group.at("kind").dump());
    CHECK(is_assignor_vector(group));
    CHECK(check_assignor_vector(group) == "");
    CHECK(group.at("assignments").size() == std::size(vector_assignors));
    for (const std::string name : vector_assignors) exact[name] += !order_matters(group, name);
  }
  for (const std::string name : vector_assignors) CHECK(exact[name] >= 334);
}

TEST_CASE("a group that was given out in another way fails") {
  auto group = json::parse(read_lines(KLAMM_VECTORS "/assignors.jsonl.gz").front());
  REQUIRE(check_assignor_vector(group) == "");
  group["assignments"]["range"].begin()->erase(0);
  CHECK(check_assignor_vector(group).starts_with("range: assignment: "));
  group["assignments"]["newest"] = json::object();
  CHECK(check_assignor_vector(group) == "we have no assignor newest");
}
