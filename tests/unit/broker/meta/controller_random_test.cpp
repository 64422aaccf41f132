// Brokers come, go, restart and alter their ISRs at random: whatever they do, every partition stays one that may be served.
#include <doctest/doctest.h>

#include "base/faults.hpp"
#include "broker/meta/node_list.hpp"
#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

constexpr std::int32_t broker_count = 5;
constexpr std::size_t min_isr = 2;

/// A defect that is planted.
struct one_defect final : fault_injector {
  explicit one_defect(std::string_view which) : name(which) {}
  bool fires(std::string_view at) override { return at == name; }
  std::string_view name;
};

struct random_cluster : meta_cluster {
  explicit random_cluster(std::uint64_t seed, fault_injector* faults = nullptr)
      : meta_cluster(broker_count), chance(seed) {
    machine.set_faults(faults);
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
  /// The leader tells an ISR of whoever it likes, as its fetchers would have it; some are long on their way.
  void alter_any(std::string_view topic) {
    const auto now = partition(topic);
    if (now.leader == no_leader) return;
    auto request = isr_request(topic, {now.leader.value});
    auto& wanted = request.topics[0].partitions[0];
    for (const auto id : now.replicas)
      if (id != now.leader && chance.chance(0.6))
        wanted.new_isr_with_epochs.push_back({id, epochs.at(id.value) - (chance.chance(0.1) ? 1 : 0)});
    if (chance.chance(0.2)) late.push_back({std::string(topic), request});
    tell(topic, request);
  }
  void alter_late() {
    if (late.empty()) return;
    const auto [topic, request] = late[chance.below(late.size())];
    tell(topic, request);
  }
  void tell(std::string_view topic, const wire::alter_partition_request& request) {
    const auto before = partition(topic);
    alter(request);
    const auto& wanted = request.topics[0].partitions[0];
    if (wanted.leader_epoch != before.leader_epoch || wanted.partition_epoch != before.partition_epoch)
      expect(partition(topic) == before, "an ISR is of the leader and of the ISR that there are");
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
    switch (chance.below(9)) {
      case 0: return lose({any_broker()});
      case 1: return restart(any_broker());
      case 2: return reassign_any(topic);
      case 3: return void(beat(any_broker(), chance.chance(0.3), chance.chance(0.3)));
      case 4: return pass(millis(1000));
      case 5: return void(beat(any_broker()));
      case 6: return alter_late();
      default: return alter_any(topic);
    }
  }

  void expect(bool holds, std::string_view what) {
    if (!holds && broken.empty()) broken = what;
  }
  void check(std::string_view topic, const partition_image& before) {
    const auto now = partition(topic);
    expect(holds_all(now.replicas, now.isr), "who is in sync is a replica");
    expect(holds_all(now.replicas, now.eligible_leaders), "who is eligible is a replica");
    expect(without(now.isr, now.eligible_leaders) == now.isr, "who is in sync is not eligible besides");
    expect(now.directories.size() == now.replicas.size(), "each replica has a directory");
    if (now.isr.size() >= min_isr) expect(now.eligible_leaders.empty(), "a whole ISR needs no others");
    if (now.leader != no_leader)
      expect(holds(now.isr, now.leader) && broker(now.leader.value).alive(), "a leader lives and is in sync");
    for (const auto id : now.isr) expect(broker(id.value).alive(), "who is in sync lives");
    expect(now.leader_epoch >= before.leader_epoch, "leader epochs grow");
    if (now.leader != before.leader)
      expect(now.leader_epoch > before.leader_epoch, "another leader has another epoch");
    if (now != before) expect(now.partition_epoch > before.partition_epoch, "partition epochs count changes");
    // But by the ISR that completes a reassignment.
    if (now.leader != before.leader && now.leader != no_leader && now.leader_recovery_state == recovered &&
        !is_reassigning(before))
      expect(holds(before.isr, now.leader) || holds(before.eligible_leaders, now.leader),
             "nobody becomes leader cleanly who was neither in sync nor eligible");
  }

  static constexpr std::string_view topics[] = {"orders", "bills"};
  rng chance;
  std::map<std::int32_t, std::uint8_t> incarnations;
  std::vector<std::pair<std::string, wire::alter_partition_request>> late;
  std::string_view broken;  // the first rule that was
};

/// What was broken under the seed; empty: nothing.
std::string_view storm(std::uint64_t seed, fault_injector* faults = nullptr) {
  random_cluster c(seed, faults);
  for (int i = 0; i < 150 && c.broken.empty(); ++i) {
    const partition_image before[] = {c.partition("orders"), c.partition("bills")};
    c.step();
    c.check("orders", before[0]);
    c.check("bills", before[1]);
  }
  return c.broken;
}

}  // namespace

TEST_CASE("whatever brokers do, a partition's leader lives and is in sync, and its epochs only grow") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    CHECK(storm(seed) == "");
  }
}

TEST_CASE("storms find what a controller is made to do wrong") {
  for (const std::string defect : {"meta.join_fenced", "meta.skip_partition_epoch"}) {
    CAPTURE(defect);
    one_defect planted(defect);
    std::uint64_t seed = 1;
    while (seed <= 30 && storm(seed, &planted).empty()) ++seed;
    CHECK(seed <= 30);
    MESSAGE(defect, ": seed ", seed);
  }
}
