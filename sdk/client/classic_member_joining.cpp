// How a member joins: giving up what it must, joining, assigning where it leads, and taking what it is assigned.
#include <algorithm>

#include <fmt/format.h>

#include "client/classic_member.hpp"
#include "client/group_protocol.hpp"

namespace klamm::client {
namespace {

/// A leader does not wait longer than this for the metadata of topics that only others subscribe to.
constexpr duration assign_patience = millis(5000);
/// Beyond the rebalance timeout, for the answer to travel.
constexpr duration join_slack = millis(5000);
constexpr const char* protocol_type = "consumer";

}  // namespace

void classic_member::prepare(instant now) {
  if (!metadata_.watched_known()) return;  // to join without what passes would be to join twice
  must_join_ = false;
  const auto topics = current_topics();
  phase_ = phase::preparing;
  partition_set revoked;
  for (const auto& at : owned_.all())
    if (!cooperative_ || !topics.contains(at.topic)) revoked.insert(at);
  owned_.revoke(revoked, [this](instant) { phase_ = phase::ready; }, now);
}

void classic_member::join(instant now) {
  if (!retry_.due(now.steady)) return;
  const auto to = coordinator(now);
  if (!to) return;
  phase_ = phase::joining;
  joined_topics_ = current_topics();
  members_.clear();
  auto done = [this](answer<wire::join_group_response> came, instant at) { on_join(std::move(came), at); };
  const auto patience = options_.group.max_poll_interval + join_slack;
  // What the request views lives as long as the request: the metadata of each protocol.
  auto metadata = std::make_shared<std::vector<std::vector<std::byte>>>();
  auto make = [this, metadata](api_version version) {
    auto request = make_join(version);
    metadata->clear();
    for (const auto* a : assignors_) {
      member_subscription me{.id = member_id_};
      me.topics.assign(joined_topics_.begin(), joined_topics_.end());
      me.owned.assign(owned_.all().begin(), owned_.all().end());
      me.generation = generation_;
      me.rack = options_.rack;
      me.user_data = a->user_data(me.owned, generation_);
      metadata->push_back(encode_subscription(me));
    }
    for (std::size_t i = 0; i < assignors_.size(); ++i) {
      auto& protocol = request.protocols.emplace_back();
      protocol.name = assignors_[i]->name;
      protocol.metadata = wire::bytes_ref(bytes_view((*metadata)[i]));
    }
    return request;
  };
  pool_.call(*to, make_call<wire::join_group_request>(std::move(make), std::move(done),
                                                      after(now.steady, patience)));
}

wire::join_group_request classic_member::make_join(api_version version) const {
  wire::join_group_request out;
  out.group_id = options_.group.group_id;
  out.session_timeout_ms = std::chrono::duration_cast<millis>(options_.group.session_timeout);
  out.rebalance_timeout_ms = std::chrono::duration_cast<millis>(options_.group.max_poll_interval);
  out.member_id = member_id_;
  if (version >= 5 && options_.group.instance_id) out.group_instance_id = *options_.group.instance_id;
  out.protocol_type = protocol_type;
  return out;
}

void classic_member::on_join(answer<wire::join_group_response> came, instant now) {
  if (phase_ != phase::joining) return;
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (code == error_code::none) return on_joined(*came.got, now);
  phase_ = phase::ready;
  if (code == error_code::member_id_required) {
    member_id_ = came.got->member_id;
    return;
  }
  on_membership_error(code, came.got ? error(code) : came.got.failure(), now);
}

void classic_member::on_joined(const wire::join_group_response& said, instant now) {
  retry_.succeeded();
  member_id_ = said.member_id;
  generation_ = said.generation_id;
  chosen_ = find_assignor(said.protocol_name.value_or(""));
  last_answer_ = now.steady;
  if (said.leader != said.member_id) return sync({}, now);
  group_topics_.clear();
  for (const auto& m : said.members) {
    auto member = decode_subscription(m.metadata);
    if (!member) continue;  // one that cannot be understood gets nothing; the others go on
    member->id = m.member_id;
    if (m.group_instance_id) member->instance_id = *m.group_instance_id;
    group_topics_.insert(member->topics.begin(), member->topics.end());
    members_.push_back(std::move(*member));
  }
  if (said.skip_assignment) return sync({}, now);
  for (const auto& topic : group_topics_) metadata_.want(topic, now);
  assign_by_ = after(now.steady, assign_patience);
  phase_ = phase::assigning;
}

void classic_member::assign_when_known(instant now) {
  const auto known = [&](const auto& topic) { return metadata_.now_known().find(topic) != nullptr; };
  if (!std::ranges::all_of(group_topics_, known) && now.steady < assign_by_) return;
  assigned_counts_ = partition_counts(group_topics_);
  sync(assign(), now);
}

std::vector<std::pair<std::string, std::vector<std::byte>>> classic_member::assign() const {
  std::vector<assignable_topic> topics;
  const auto& known = metadata_.now_known();
  for (const auto& name : group_topics_) {
    const auto* topic = known.find(name);
    if (!topic) continue;
    auto& t = topics.emplace_back();
    t.name = name;
    for (const auto& p : topic->partitions) {
      auto& racks = t.replica_racks.emplace_back();
      for (const auto node : p.replicas)
        if (const auto* broker = known.find(node); broker && broker->rack) racks.push_back(*broker->rack);
    }
  }
  std::vector<std::pair<std::string, std::vector<std::byte>>> out;
  if (!chosen_) return out;
  for (const auto& [member, partitions] : chosen_->assign(topics, members_))
    out.emplace_back(member, encode_assignment(partitions));
  return out;
}

void classic_member::sync(std::vector<std::pair<std::string, std::vector<std::byte>>> assignments,
                          instant now) {
  const auto to = coordinator(now);
  if (!to) {
    if (phase_ != phase::failed) phase_ = phase::ready;
    return;
  }
  phase_ = phase::syncing;
  auto make = [this, assignments = std::move(assignments)](api_version version) {
    wire::sync_group_request out;
    out.group_id = options_.group.group_id;
    out.generation_id = generation_;
    out.member_id = member_id_;
    if (version >= 3 && options_.group.instance_id) out.group_instance_id = *options_.group.instance_id;
    if (version >= 5) out.protocol_type = protocol_type, out.protocol_name = chosen_ ? chosen_->name : "";
    for (const auto& [member, bytes] : assignments) {
      auto& a = out.assignments.emplace_back();
      a.member_id = member;
      a.assignment = wire::bytes_ref(bytes_view(bytes));
    }
    return out;
  };
  auto done = [this](answer<wire::sync_group_response> came, instant at) { on_sync(std::move(came), at); };
  pool_.call(*to, make_call<wire::sync_group_request>(std::move(make), std::move(done),
                                                      after(now.steady, connection_.request_timeout)));
}

void classic_member::on_sync(answer<wire::sync_group_response> came, instant now) {
  if (phase_ != phase::syncing) return;
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (code != error_code::none) {
    phase_ = phase::ready;
    if (code != error_code::rebalance_in_progress)
      on_membership_error(code, came.got ? error(code) : came.got.failure(), now);
    return;
  }
  const auto assigned = decode_assignment(came.got->assignment);
  if (!assigned)
    return fail({error_code::malformed_response,
                 fmt::format("the leader of the group \"{}\" sent an assignment that cannot be read",
                             options_.group.group_id)},
                now);
  adopt({assigned->begin(), assigned->end()}, now);
}

void classic_member::adopt(partition_set assigned, instant now) {
  phase_ = phase::stable;
  watched_version_ = 0;
  next_beat_ = after(now.steady, options_.group.heartbeat_interval);
  last_answer_ = now.steady;
  partition_set revoked, added;
  std::ranges::set_difference(owned_.all(), assigned, std::inserter(revoked, revoked.end()));
  std::ranges::set_difference(assigned, owned_.all(), std::inserter(added, added.end()));
  auto then = [this, added, moves = !revoked.empty()](instant at) {
    if (moves) must_join_ = true;  // what was given up goes to its new owners in a second rebalance
    owned_.assign(added, [](instant) {}, at);
  };
  owned_.revoke(revoked, std::move(then), now);
}

}  // namespace klamm::client
