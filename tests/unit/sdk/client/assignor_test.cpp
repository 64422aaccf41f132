// What the four assignors are for, in examples that can be checked by eye.
#include "client/assignor.hpp"

#include <doctest/doctest.h>

#include "client/assignor_user_data.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

assignable_topic topic(std::string name, std::size_t partitions) {
  return {std::move(name), std::vector<std::vector<std::string>>(partitions)};
}
std::vector<topic_partition> of(const std::string& name, std::initializer_list<int> partitions) {
  std::vector<topic_partition> out;
  for (const auto p : partitions) out.push_back({name, partition_id(p)});
  return out;
}
member_subscription member(std::string id, std::vector<std::string> topics) {
  return {.id = std::move(id), .topics = std::move(topics)};
}

}  // namespace

TEST_CASE("range cuts each topic by itself, the first members get one more") {
  const auto out = assign_range(std::vector{topic("a", 3), topic("b", 3)},
                                std::vector{member("m2", {"a", "b"}), member("m1", {"a", "b"})});
  CHECK(out.at("m1").size() == 4);
  CHECK(out.at("m2") ==
        std::vector{topic_partition{"a", partition_id(2)}, topic_partition{"b", partition_id(2)}});
}

TEST_CASE("static members come before dynamic ones, in the order of their instance ids") {
  auto last = member("m1", {"a"}), first = member("m9", {"a"});
  first.instance_id = "i";
  const auto out = assign_range(std::vector{topic("a", 1)}, std::vector{last, first});
  CHECK(out.at("m9") == of("a", {0}));
  CHECK(out.at("m1").empty());
}

TEST_CASE(
    "range with racks gives a partition to a member beside a replica, without upsetting the counts "
    "(KIP-881)") {
  auto m1 = member("m1", {"a"}), m2 = member("m2", {"a"});
  m1.rack = "east";
  m2.rack = "west";
  const assignable_topic a{"a", {{"west"}, {"west"}, {"east"}, {"east"}}};
  const auto out = assign_range(std::vector{a}, std::vector{m1, m2});
  CHECK(out.at("m1") == of("a", {2, 3}));
  CHECK(out.at("m2") == of("a", {0, 1}));
}

TEST_CASE("a cooperative member gets what another one owns only after that one has given it up") {
  auto owner = member("m1", {"a"}), newcomer = member("m2", {"a"});
  owner.owned = of("a", {0, 1, 2, 3});
  owner.generation = generation_id(1);
  const std::vector topics{topic("a", 4)};

  auto out = assign_cooperative_sticky(topics, std::vector{owner, newcomer});
  CHECK(out.at("m1") == of("a", {0, 1}));
  CHECK(out.at("m2").empty());

  owner.owned = out.at("m1");
  owner.generation = newcomer.generation = generation_id(2);
  out = assign_cooperative_sticky(topics, std::vector{owner, newcomer});
  CHECK(out.at("m1") == of("a", {0, 1}));
  CHECK(out.at("m2") == of("a", {2, 3}));
}

TEST_CASE("sticky user data comes back, and damaged or lying user data means nothing is owned") {
  const auto owned = of("orders", {1, 4});
  auto bytes = *sticky_user_data(owned, generation_id(7));
  CHECK(read_sticky_user_data(bytes).partitions == owned);
  CHECK(read_sticky_user_data(bytes).generation == generation_id(7));
  for (std::size_t cut = 0; cut + 4 < bytes.size(); ++cut)
    CHECK(read_sticky_user_data(bytes_view(bytes).first(cut)).partitions.empty());
  bytes[0] = bytes[1] = std::byte{0x7f};  // two billion topics
  CHECK(read_sticky_user_data(bytes).partitions.empty());
}

TEST_CASE("members that want different topics are as even as their subscriptions allow") {
  const auto out = assign_sticky(
      std::vector{topic("a", 1), topic("b", 2), topic("c", 3)},
      std::vector{member("m1", {"a"}), member("m2", {"a", "b"}), member("m3", {"a", "b", "c"})});
  CHECK(out.at("m1") == of("a", {0}));
  CHECK(out.at("m2") == of("b", {0, 1}));
  CHECK(out.at("m3") == of("c", {0, 1, 2}));
}

TEST_CASE("no members, no topics, or a topic that does not exist: an empty assignment, not a crash") {
  for (const auto* name : {"range", "roundrobin", "sticky", "cooperative-sticky"}) {
    const auto* a = find_assignor(name);
    CHECK(a->assign({}, {}).empty());
    CHECK(a->assign({}, std::vector{member("m", {"gone"})}).at("m").empty());
    CHECK(a->assign(std::vector{topic("a", 2)}, std::vector{member("m", {})}).at("m").empty());
  }
  CHECK_FALSE(find_assignor("uniform"));
}
