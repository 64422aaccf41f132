// Brokers come, go, restart and alter their ISRs at random: whatever they do, every partition stays one that may be served.
#include <doctest/doctest.h>

#include "broker/meta/node_list.hpp"
#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

constexpr std::int32_t broker_count = 5;
constexpr std::size_t min_isr = 2;

struct random_cluster : meta_cluster {
  explicit random_cluster(std::uint64_t seed) : meta_cluster(broker_count), chance(seed) {
    create("orders", {{1, 2, 3}});
    create("bills", {{4, 5, 1}});
    for (const auto topic : topics) configure(topic, "min.insync.replicas", std::to_string(min_isr));
    for (std::int32_t i = 1; i <= broker_count; ++i) incarnations[i] = 1;
  }

  std::int32_t any_broker() { return 1 + static_cast<std::int32_t>(chance.below(broker_count)); }

  void restart(std::int32_t id) {
    auto request = registration(id, ++incarnations[id]);
    if (chance.chance(0.5)) request.previous_broker_epoch = epochs.at(id);
    if (register_with(request).error_code == error_code::duplicate_broker_registration) return;
    if (chance.chance(0.8)) beat(id);
  }
  /// The leader tells an ISR of whoever it likes, as its fetchers would have it.
  void alter_any(std::string_view topic) {
    const auto now = partition(topic);
    if (now.leader == no_leader) return;
    auto request = isr_request(topic, {now.leader.value});
    auto& wanted = request.topics[0].partitions[0];
    for (const auto id : now.replicas)
      if (id != now.leader && chance.chance(0.6))
        wanted.new_isr_with_epochs.push_back({id, epochs.at(id.value) - (chance.chance(0.1) ? 1 : 0)});
    alter(request);
  }
  void reassign_any(std::string_view topic) {
    wire::alter_partition_reassignments_request request;
    request.topics.emplace_back().name = topic;
    auto& wanted = request.topics[0].partitions.emplace_back();
    wanted.partition_index = partition_id(0);
    wanted.replicas.emplace();
    for (std::int32_t i = 1; i <= broker_count; ++i)
      if (chance.chance(0.6)) wanted.replicas->emplace_back(i);
    if (wanted.replicas->empty() || chance.chance(0.3)) wanted.replicas = std::nullopt;
    ask<wire::alter_partition_reassignments_response>(request, &controller::alter_partition_reassignments);
    commit();
  }
  void step() {
    const auto topic = topics[chance.below(std::size(topics))];
    switch (chance.below(8)) {
      case 0: return lose({any_broker()});
      case 1: return restart(any_broker());
      case 2: return reassign_any(topic);
      case 3: return void(beat(any_broker(), chance.chance(0.3), chance.chance(0.3)));
      case 4: return pass(millis(1000));
      case 5: return void(beat(any_broker()));
      default: return alter_any(topic);
    }
  }

  void check(std::string_view topic, const partition_image& before) const {
    const auto now = partition(topic);
    CHECK(holds_all(now.replicas, now.isr));
    CHECK(holds_all(now.replicas, now.eligible_leaders));
    CHECK(without(now.isr, now.eligible_leaders) == now.isr);
    CHECK(now.directories.size() == now.replicas.size());
    if (now.isr.size() >= min_isr) CHECK(now.eligible_leaders.empty());
    if (now.leader != no_leader) {
      CHECK(holds(now.isr, now.leader));
      CHECK(broker(now.leader.value).alive());
    }
    for (const auto id : now.isr) CHECK(broker(id.value).alive());
    CHECK(now.leader_epoch >= before.leader_epoch);
    if (now.leader != before.leader) CHECK(now.leader_epoch > before.leader_epoch);
    if (now != before) CHECK(now.partition_epoch > before.partition_epoch);
    // Nobody becomes leader cleanly who was neither in sync nor eligible, but by the ISR that completes a reassignment.
    if (now.leader != before.leader && now.leader != no_leader && now.leader_recovery_state == recovered &&
        !is_reassigning(before))
      CHECK((holds(before.isr, now.leader) || holds(before.eligible_leaders, now.leader)));
  }

  static constexpr std::string_view topics[] = {"orders", "bills"};
  rng chance;
  std::map<std::int32_t, std::uint8_t> incarnations;
};

}  // namespace

TEST_CASE("whatever brokers do, a partition's leader lives and is in sync, and its epochs only grow") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    random_cluster c(seed);
    for (int i = 0; i < 150; ++i) {
      CAPTURE(i);
      const partition_image before[] = {c.partition("orders"), c.partition("bills")};
      c.step();
      c.check("orders", before[0]);
      c.check("bills", before[1]);
    }
  }
}
