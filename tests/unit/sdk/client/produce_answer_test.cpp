// An answer's partitions are found by the topic's id or its name, as its version has it, in whatever order it tells them.
#include "client/produce_answer.hpp"

#include <doctest/doctest.h>

namespace klamm::client {
namespace {

const uuid orders{{1}}, audit{{2}};

wire::produce_response answer() {
  wire::produce_response said;
  const auto add = [&](std::string_view name, const uuid& id, std::initializer_list<int> partitions) {
    auto& topic = said.responses.emplace_back();
    topic.name = name;
    topic.topic_id = id;
    for (const int partition : partitions) {
      auto& p = topic.partition_responses.emplace_back();
      p.index = partition_id(partition);
      p.base_offset = offset(100 * static_cast<int>(said.responses.size()) + partition);
    }
  };
  add("orders", orders, {3, 1, 2});
  add("audit", audit, {1});
  return said;
}

topic_partition at(std::string topic, int partition) { return {std::move(topic), partition_id(partition)}; }

}  // namespace

TEST_CASE("by id the name does not count, by name the id does not") {
  const auto said = answer();
  const said_of_partitions by_id(said, true), by_name(said, false);
  REQUIRE(by_id.find(at("", 2), orders));
  CHECK(by_id.find(at("", 2), orders)->base_offset == offset(102));
  CHECK(by_id.find(at("orders", 1), audit)->base_offset == offset(201));
  REQUIRE(by_name.find(at("orders", 3), uuid()));
  CHECK(by_name.find(at("orders", 3), uuid())->base_offset == offset(103));
  CHECK(by_name.find(at("audit", 1), orders)->base_offset == offset(201));
}

TEST_CASE("what the answer leaves out is not found, and of what it says twice the first counts") {
  auto said = answer();
  auto& again = said.responses.front().partition_responses.emplace_back();
  again.index = partition_id(1);
  again.base_offset = offset(7);
  const said_of_partitions by_name(said, false);
  CHECK(!by_name.find(at("audit", 2), audit));
  CHECK(!by_name.find(at("other", 1), orders));
  CHECK(by_name.find(at("orders", 1), orders)->base_offset == offset(101));
}

}  // namespace klamm::client
