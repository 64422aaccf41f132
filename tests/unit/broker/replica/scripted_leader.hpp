// A leader whose controller and followers are played by the test.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "broker/replica/authority.hpp"
#include "broker/replica/follower_progress.hpp"
#include "broker/replica/partition.hpp"
#include "broker/replica/waiting_answers.hpp"
#include "node_names.hpp"

namespace klamm::broker::replica::test {

using nodes = std::vector<node_id>;

struct controller final : isr_authority, broker_registry {
  void propose(isr_proposal what, isr_handler decided) override {
    open.emplace_back(std::move(what), std::move(decided));
  }
  std::optional<broker_standing> find(node_id broker) const override {
    const auto found = brokers.find(broker);
    return found == brokers.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::pair<isr_proposal, isr_handler>> open;
  std::map<node_id, broker_standing> brokers{
      {self, {11, false, false, "a"}}, {two, {12, false, false, "b"}}, {three, {13, false, false, "c"}}};
};

/// Leads epoch 1; all three are in sync.
struct scripted_leader {
  explicit scripted_leader(nodes isr = {self, two, three}, int min_isr = 1) {
    around.ports.authority = &control;
    around.ports.brokers = &control;
    around.how.lag_time_max = millis(1000);
    around.how.fetch_backoff = millis(100);
    node.create();
    partition_settings how;
    how.min_insync_replicas = min_isr;
    how.log.fsync = log::fsync_mode::ack;
    led.emplace(*node.log, around, std::make_shared<partition_settings>(how));
    led->configure(std::make_shared<partition_settings>(how));
    led->lead(leadership_of(1, 1, std::move(isr)));
  }
  leadership leadership_of(int epoch, int partition_epoch, nodes isr) const {
    return {leader_epoch(epoch), self, {self, two, three}, std::move(isr), partition_epoch};
  }
  std::shared_ptr<std::optional<produced>> produce(required_acks acks = required_acks::all,
                                                   millis timeout = millis(5000)) {
    auto answer = std::make_shared<std::optional<produced>>();
    led->produce(buffer_slice::own(log::test::make_batch({})), {.acks = acks, .timeout = timeout}, contexts,
                 node.now, [answer](produced done) { *answer = std::move(done); });
    return answer;
  }
  void sync() {
    node.settle();
    led->on_durable();
  }
  void fetch(node_id from, std::int64_t next, std::int64_t epoch = -2, offset start = offset(0)) {
    led->on_follower_fetch({from, epoch == -2 ? control.brokers.at(from).epoch : epoch, offset(next), start});
  }
  void pass(millis time) {
    node.now.steady += time;
    led->tick();
  }
  nodes proposed() const {
    nodes all;
    for (const auto& member : control.open.back().first.isr) all.push_back(member.id);
    return all;
  }
  void decide(result<isr_decision> how) {
    auto decided = std::move(control.open.back().second);
    control.open.pop_back();
    decided(std::move(how));
  }
  void accept(int partition_epoch, nodes isr, int epoch = 1) {
    decide(
        isr_decision{self, leader_epoch(epoch), partition_epoch, leader_recovery::recovered, std::move(isr)});
  }
  std::int64_t watermark() const { return led->high_watermark().value; }

  log::test::log_node node;
  wire::compressor contexts;
  controller control;
  surroundings around{.self = self, .clock = node.now};
  std::optional<partition> led;
};

}  // namespace klamm::broker::replica::test
