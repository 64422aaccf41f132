#include "tests/sim/replica/replica_controller.hpp"

#include <algorithm>

namespace klamm::sim {

using broker::replica::contains;

replica_controller::replica_controller(int partitions, std::vector<node_id> replicas) {
  for (int i = 0; i < partitions; ++i) {
    std::rotate(replicas.begin(), replicas.begin() + 1, replicas.end());
    auto& one = view_.partitions.emplace_back();
    one.leader = replicas.front();
    one.replicas = one.isr = replicas;
  }
  for (const auto id : replicas) view_.brokers[id] = {};
}

void replica_controller::changed() {
  ++view_.number;
  if (changed_) changed_();
}

bool replica_controller::alive(node_id id) const {
  const auto& broker = view_.brokers.at(id);
  return !broker.fenced && !broker.shutting_down;
}

void replica_controller::register_broker(node_id id) {
  view_.brokers[id] = {next_epoch_++, true, false, "rack of " + std::to_string(id.value)};
  leave_isrs(id);
  changed();
}

void replica_controller::fence(node_id id) {
  view_.brokers[id].fenced = true;
  leave_isrs(id);
  changed();
}

void replica_controller::shut_down(node_id id) {
  view_.brokers[id].shutting_down = true;
  leave_isrs(id);
  changed();
}

void replica_controller::unfence(node_id id) {
  view_.brokers[id].fenced = false;
  for (auto& partition : view_.partitions) elect(partition);
  changed();
}

void replica_controller::leave_isrs(node_id id) {
  for (auto& partition : view_.partitions) {
    if (contains(partition.isr, id) && partition.isr.size() > 1) {
      std::erase(partition.isr, id);
      ++partition.partition_epoch;
      ++shrinks_;
    }
    elect(partition);
  }
}

void replica_controller::lead(leadership& partition, node_id leader) {
  partition.leader = leader;
  ++partition.epoch;
  ++partition.partition_epoch;
}

/// A leader that is alive and in sync stays.
void replica_controller::elect(leadership& partition) {
  const auto fit = [&](node_id id) { return contains(partition.isr, id) && alive(id); };
  if (partition.leader.value >= 0 && fit(partition.leader)) return;
  const auto found = std::ranges::find_if(partition.replicas, fit);
  const auto next = found == partition.replicas.end() ? node_id(-1) : *found;
  if (next != partition.leader) lead(partition, next);
}

void replica_controller::move_leader(partition_id of, node_id to) {
  auto& partition = at(of);
  if (!contains(partition.isr, to) || !alive(to)) return;
  lead(partition, to);
  changed();
}

error_code replica_controller::refusal(node_id from, const broker::replica::isr_proposal& proposal) {
  const auto& partition = at(proposal.partition.partition);
  if (proposal.leader_epoch < partition.epoch) return error_code::fenced_leader_epoch;
  if (proposal.partition_epoch < partition.partition_epoch) return error_code::invalid_update_version;
  bool has_leader = false;
  for (const auto& member : proposal.isr) {
    if (!contains(partition.replicas, member.id)) return error_code::invalid_request;
    const auto& broker = view_.brokers.at(member.id);
    const bool right_life = member.broker_epoch == -1 || member.broker_epoch == broker.epoch;
    if (!alive(member.id) || !right_life) return error_code::ineligible_replica;
    has_leader |= member.id == partition.leader;
  }
  return has_leader && from == partition.leader ? error_code::none : error_code::invalid_request;
}

replica_controller::decision replica_controller::alter(node_id from,
                                                       const broker::replica::isr_proposal& proposal) {
  if (const auto why = refusal(from, proposal); why != error_code::none) return why;
  auto& partition = at(proposal.partition.partition);
  (proposal.isr.size() < partition.isr.size() ? shrinks_ : expansions_) += 1;
  partition.isr.clear();
  for (const auto& member : proposal.isr) partition.isr.push_back(member.id);
  ++partition.partition_epoch;
  changed();
  return broker::replica::isr_decision{partition.leader, partition.epoch, partition.partition_epoch,
                                       partition.recovery, partition.isr};
}

}  // namespace klamm::sim
