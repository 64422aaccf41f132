#include "broker/meta/partition_change.hpp"

#include "broker/meta/directories.hpp"
#include "broker/meta/node_list.hpp"

namespace klamm::broker::meta {
namespace {

void complete_reassignment(partition_target& to) {
  if (to.removing.empty() && to.adding.empty()) return;
  auto isr = without(to.isr, to.removing), replicas = without(to.replicas, to.removing);
  if (isr.empty() || replicas.empty() || !holds_all(isr, replicas)) return;
  to.isr = std::move(isr);
  to.replicas = std::move(replicas);
  to.removing.clear();
  to.adding.clear();
}

std::vector<node_id> eligible_leaders(const partition_image& from, const partition_target& to,
                                      const partition_rules& rules) {
  if (!rules.eligible_leaders || to.isr.size() >= rules.min_isr) return {};
  auto eligible = from.eligible_leaders;
  for (const auto id : from.isr)
    if (!holds(eligible, id)) eligible.push_back(id);
  std::sort(eligible.begin(), eligible.end());
  eligible = without(without(eligible, to.isr), to.shut_down_uncleanly);
  return without(eligible, without(eligible, to.replicas));  // who is a replica no more leads nothing
}

/// Whoever led last, where nobody is in sync or eligible: only one that is known as the leader counts (KIP-966).
std::optional<node_id> last_known_leader(const partition_image& from, const partition_rules& rules) {
  if (!rules.eligible_leaders || from.last_known_eligible.size() != 1) return std::nullopt;
  return from.last_known_eligible.front();
}

/// One change while it is made.
struct change {
  const partition_image& from;
  const partition_rules& rules;
  partition_target to;
  std::vector<node_id> eligible{};
  wire::partition_change_record record{};

  void elect();
  void write_members();
  void write_last_known_leader();
  void write_assignment();
};

void change::elect() {
  const auto elected = elect_leader(
      {to.replicas, to.isr, eligible, rules.may_lead, from.leader, last_known_leader(from, rules)},
      rules.how);
  if (elected.leader != from.leader) {
    record.leader = elected.leader;
    if (elected.unclean) {
      record.isr = {elected.leader};
      eligible.clear();
      to.leader_recovery_state = recovering;
    } else if (holds(eligible, elected.leader)) {
      to.isr = {elected.leader};
      eligible = without(eligible, to.isr);
    }
  } else if (!holds_all(to.replicas, from.replicas)) {
    record.leader = from.leader;
  }
}

void change::write_members() {
  if (eligible != from.eligible_leaders) record.eligible_leader_replicas = eligible;
  if (!record.isr && to.isr != from.isr && (!to.isr.empty() || rules.eligible_leaders)) record.isr = to.isr;
}

void change::write_last_known_leader() {
  if (!rules.eligible_leaders) return;
  const auto& known = from.last_known_eligible;
  const auto leader = record.leader == leader_unchanged ? from.leader : record.leader;
  if (record.isr && record.isr->empty()) {
    if (from.leader != no_leader && known != std::vector{from.leader}) record.last_known_elr = {from.leader};
  } else if (!known.empty() && (leader != no_leader || to.last_known_is_lost)) {
    record.last_known_elr.emplace();
  }
}

void change::write_assignment() {
  std::vector<uuid> directories;
  for (const auto id : to.replicas) {
    const auto found = to.directories.find(id);
    directories.push_back(found == to.directories.end() ? unassigned_directory : found->second);
  }
  if (directories != from.directories) record.directories = std::move(directories);
  if (to.replicas != from.replicas) record.replicas = to.replicas;
  if (to.removing != from.removing) record.removing_replicas = to.removing;
  if (to.adding != from.adding) record.adding_replicas = to.adding;
  if (to.leader_recovery_state != from.leader_recovery_state)
    record.leader_recovery_state = to.leader_recovery_state;
}

bool says_nothing(const wire::partition_change_record& r) {
  return !r.isr && !r.eligible_leader_replicas && !r.last_known_elr && r.leader == leader_unchanged &&
         !r.replicas && !r.removing_replicas && !r.adding_replicas && r.leader_recovery_state < 0 &&
         !r.directories;
}

/// A record's optional field: absent means no change.
template <class T>
void replace(std::vector<T>& to, const std::optional<std::vector<T>>& from) {
  if (from) to = *from;
}

}  // namespace

partition_target::partition_target(const partition_image& partition)
    : isr(partition.isr),
      replicas(partition.replicas),
      removing(partition.removing),
      adding(partition.adding),
      leader_recovery_state(partition.leader_recovery_state) {
  const auto known = std::min(partition.replicas.size(), partition.directories.size());
  for (std::size_t i = 0; i < known; ++i)
    directories.emplace(partition.replicas[i], partition.directories[i]);
}

std::optional<wire::partition_change_record> change_partition(const partition_image& from,
                                                              partition_target to,
                                                              const partition_rules& rules, const uuid& topic,
                                                              partition_id id) {
  change made{from, rules, std::move(to)};
  made.record.topic_id = topic;
  made.record.partition_id = id;
  complete_reassignment(made.to);
  made.eligible = eligible_leaders(from, made.to, rules);
  made.elect();
  made.write_members();
  made.write_last_known_leader();
  made.write_assignment();
  if (says_nothing(made.record)) return std::nullopt;
  return std::move(made.record);
}

void apply_change(partition_image& p, const wire::partition_change_record& record) {
  replace(p.isr, record.isr);
  replace(p.replicas, record.replicas);
  replace(p.removing, record.removing_replicas);
  replace(p.adding, record.adding_replicas);
  replace(p.eligible_leaders, record.eligible_leader_replicas);
  replace(p.last_known_eligible, record.last_known_elr);
  replace(p.directories, record.directories);
  if (record.leader_recovery_state >= 0) p.leader_recovery_state = record.leader_recovery_state;
  if (record.leader != leader_unchanged) {
    p.leader = record.leader;
    ++p.leader_epoch;  // KIP-101: each leader change is an epoch
  }
  ++p.partition_epoch;
}

bool is_reassigning(const partition_image& partition) {
  return !partition.removing.empty() || !partition.adding.empty();
}

}  // namespace klamm::broker::meta
