#include "client/group_member.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "client/group_protocol.hpp"
#include "wire/messages/leave_group.hpp"

namespace klamm::client {
namespace {

/// A leader does not wait longer than this for the metadata of topics that only others subscribe to.
constexpr duration assign_patience = millis(5000);
/// Beyond the rebalance timeout, for the answer to travel.
constexpr duration join_slack = millis(5000);
constexpr const char* protocol_type = "consumer";

}  // namespace

group_member::group_member(const consumer_options& options, const connection_options& connection,
                           requester& requests, broker_pool& pool, metadata& known, positions& at,
                           fetch_sink& sink, rng random)
    : options_(options),
      connection_(connection),
      requests_(requests),
      pool_(pool),
      metadata_(known),
      positions_(at),
      sink_(sink),
      random_(random) {
  for (const auto& name : options.group.assignors)
    if (const auto* found = find_assignor(name)) assignors_.push_back(found);
  cooperative_ = !assignors_.empty() && std::ranges::all_of(assignors_, &assignor::cooperative);
}

// The subscription.

void group_member::subscribe(topic_set topics, instant now) {
  topics_ = std::move(topics);
  passes_ = nullptr;
  metadata_.watch_all(nullptr, now);
  metadata_.pin(topics_, now);
  must_join_ = true;
  if (phase_ == phase::failed) phase_ = phase::idle;
}

void group_member::subscribe(filter passes, instant now) {
  passes_ = std::move(passes);
  topics_.clear();
  metadata_.watch_all(passes_, now);
  must_join_ = true;
  if (phase_ == phase::failed) phase_ = phase::idle;
}

group_member::topic_set group_member::current_topics() const {
  if (!passes_) return topics_;
  topic_set out;
  for (const auto& t : metadata_.now_known().topics)
    if (t->error == error_code::none && passes_(t->name)) out.insert(t->name);
  return out;
}

std::map<std::string, std::size_t, std::less<>> group_member::partition_counts(const topic_set& of) const {
  std::map<std::string, std::size_t, std::less<>> out;
  for (const auto& name : of)
    if (const auto* topic = metadata_.now_known().find(name)) out[name] = topic->partitions.size();
  return out;
}

/// A topic that came, went or grew: every member sees to its own subscription, the leader to the partitions.
void group_member::watch_topics() {
  const auto version = metadata_.now_known().version;
  if (phase_ != phase::stable || version == watched_version_) return;
  watched_version_ = version;
  if (current_topics() != joined_topics_) must_join_ = true;
  if (!members_.empty() && partition_counts(group_topics_) != assigned_counts_) must_join_ = true;
}

// Callbacks.

void group_member::tell(rebalance_event::kind what, partition_set partitions,
                        unique_function<void(instant)> then, instant now) {
  if (partitions.empty()) return then(now);
  callback_ = next_callback_++;
  after_callback_ = std::move(then);
  sink_.rebalance({callback_, what, {partitions.begin(), partitions.end()}});
}

void group_member::rebalance_done(std::uint64_t id, instant now) {
  if (id == 0 || id != callback_) return;
  callback_ = 0;
  std::exchange(after_callback_, {})(now);
}

void group_member::give_up(const partition_set& partitions) {
  for (const auto& at : partitions) {
    positions_.unassign(at);
    owned_.erase(at);
  }
}

void group_member::lose_all(instant now) {
  const auto lost = owned_;
  give_up(lost);
  phase_ = phase::preparing;
  must_join_ = false;
  // A callback that is out (for partitions that are lost now) has to come back first.
  auto then = [this, lost](instant at) {
    tell(rebalance_event::kind::lost, lost, [this](instant) { phase_ = phase::ready; }, at);
  };
  if (callback_ != 0)
    after_callback_ = std::move(then);
  else
    then(now);
}

void group_member::fail(const error& why) {
  phase_ = phase::failed;
  must_join_ = false;
  sink_.failed(std::nullopt, {}, why);
}

void group_member::forget_membership(bool and_id) {
  generation_ = {};
  if (and_id) member_id_.clear();
  members_.clear();
}

// Joining.

void group_member::pump(instant now) {
  if (!subscribed()) return;
  if (phase_ == phase::stable || phase_ == phase::preparing) beat(now);
  if (callback_ != 0) return;
  watch_topics();
  watch_poll_interval(now);
  if (must_join_ && (phase_ == phase::idle || phase_ == phase::stable)) prepare(now);
  if (phase_ == phase::ready) join(now);
  if (phase_ == phase::assigning) assign_when_known(now);
}

time_point group_member::deadline() const {
  if (!subscribed()) return never;
  switch (phase_) {
    case phase::idle: return never;
    case phase::preparing: return next_beat_;
    case phase::ready: return retry_.at();
    case phase::assigning: return assign_by_;
    case phase::stable: {
      const auto since = sink_.waiting_since();
      const auto poll_by = owned_.empty() || callback_ != 0 ? never
                           : since == never                 ? never
                                                            : after(since, options_.group.max_poll_interval);
      return std::min(next_beat_, poll_by);
    }
    default: return never;
  }
}

void group_member::prepare(instant now) {
  must_join_ = false;
  const auto topics = current_topics();
  if (passes_ && topics.empty() && owned_.empty() && member_id_.empty() &&
      metadata_.now_known().version == 0) {
    must_join_ = true;  // nothing is known yet that could pass
    return;
  }
  phase_ = phase::preparing;
  partition_set revoked;
  for (const auto& at : owned_)
    if (!cooperative_ || !topics.contains(at.topic)) revoked.insert(at);
  for (const auto& at : revoked) positions_.pause(at, true);
  tell(
      rebalance_event::kind::revoked, revoked,
      [this, revoked](instant) {
        give_up(revoked);
        phase_ = phase::ready;
      },
      now);
}

std::optional<destination> group_member::coordinator(instant now) {
  if (const auto why = requests_.take_coordinator_failure(options_.group.group_id)) {
    fail(*why);
    return std::nullopt;
  }
  const auto node = requests_.coordinator(options_.group.group_id, now);
  return node ? std::optional(destination{*node, lane::group}) : std::nullopt;
}

void group_member::join(instant now) {
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
      me.owned.assign(owned_.begin(), owned_.end());
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

wire::join_group_request group_member::make_join(api_version version) const {
  wire::join_group_request out;
  out.group_id = options_.group.group_id;
  out.session_timeout_ms = std::chrono::duration_cast<millis>(options_.group.session_timeout);
  out.rebalance_timeout_ms = std::chrono::duration_cast<millis>(options_.group.max_poll_interval);
  out.member_id = member_id_;
  if (version >= 5 && options_.group.instance_id) out.group_instance_id = *options_.group.instance_id;
  out.protocol_type = protocol_type;
  return out;
}

void group_member::on_join(answer<wire::join_group_response> came, instant now) {
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

void group_member::on_joined(const wire::join_group_response& said, instant now) {
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

void group_member::assign_when_known(instant now) {
  const auto known = [&](const auto& topic) { return metadata_.now_known().find(topic) != nullptr; };
  if (!std::ranges::all_of(group_topics_, known) && now.steady < assign_by_) return;
  assigned_counts_ = partition_counts(group_topics_);
  sync(assign(), now);
}

std::vector<std::pair<std::string, std::vector<std::byte>>> group_member::assign() const {
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

void group_member::sync(std::vector<std::pair<std::string, std::vector<std::byte>>> assignments,
                        instant now) {
  const auto to = coordinator(now);
  if (!to) {
    phase_ = phase::ready;
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
  pool_.call(*to, make_call<wire::sync_group_request>(
                      std::move(make), std::move(done),
                      after(now.steady, options_.group.max_poll_interval + join_slack)));
}

void group_member::on_sync(answer<wire::sync_group_response> came, instant now) {
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
                             options_.group.group_id)});
  adopt({assigned->begin(), assigned->end()}, now);
}

void group_member::adopt(partition_set assigned, instant now) {
  phase_ = phase::stable;
  watched_version_ = 0;
  next_beat_ = after(now.steady, options_.group.heartbeat_interval);
  last_answer_ = now.steady;
  partition_set revoked, added;
  std::ranges::set_difference(owned_, assigned, std::inserter(revoked, revoked.end()));
  std::ranges::set_difference(assigned, owned_, std::inserter(added, added.end()));
  for (const auto& at : revoked) positions_.pause(at, true);
  auto then = [this, revoked, added](instant at) {
    give_up(revoked);
    if (!revoked.empty())
      must_join_ = true;  // what was given up goes to its new owners in a second rebalance
    for (const auto& a : added) {
      owned_.insert(a);
      positions_.assign(a, true, at);
    }
    tell(rebalance_event::kind::assigned, added, [](instant) {}, at);
  };
  tell(rebalance_event::kind::revoked, revoked, std::move(then), now);
}

bool group_member::on_membership_error(error_code code, const error& why, instant now) {
  switch (code) {
    case error_code::unknown_member_id:
    case error_code::illegal_generation:
      forget_membership(code == error_code::unknown_member_id);
      lose_all(now);
      return true;
    case error_code::fenced_instance_id:
      forget_membership(true);
      give_up(partition_set(owned_));
      fail({code, fmt::format("another consumer has joined the group \"{}\" with the instance id \"{}\"",
                              options_.group.group_id, options_.group.instance_id.value_or(""))});
      return true;
    case error_code::not_coordinator:
    case error_code::coordinator_not_available:
    case error_code::disconnected:
    case error_code::connect_failed:
    case error_code::timed_out: requests_.coordinator_lost(options_.group.group_id); break;
    default: break;
  }
  if (!retriable(code) && code != error_code::rebalance_in_progress && code != error_code::timed_out) {
    fail({code, fmt::format("cannot join the group \"{}\": {} ({})", options_.group.group_id, name(code),
                            why.message.empty() ? describe(code) : why.message)});
    return true;
  }
  retry_.failed(connection_.retry, random_, now.steady);
  return false;
}

// Being there.

void group_member::beat(instant now) {
  if (generation_.value < 0 || beating_ || now.steady < next_beat_) return;
  if (now.steady > after(last_answer_, options_.group.session_timeout))
    requests_.coordinator_lost(options_.group.group_id);
  const auto to = coordinator(now);
  if (!to) return;
  beating_ = true;
  next_beat_ = after(now.steady, options_.group.heartbeat_interval);
  auto make = [this](api_version version) {
    wire::heartbeat_request out;
    out.group_id = options_.group.group_id;
    out.generation_id = generation_;
    out.member_id = member_id_;
    if (version >= 3 && options_.group.instance_id) out.group_instance_id = *options_.group.instance_id;
    return out;
  };
  auto done = [this, in = generation_](answer<wire::heartbeat_response> came, instant at) {
    on_beat(in, std::move(came), at);
  };
  pool_.call(*to,
             make_call<wire::heartbeat_request>(
                 std::move(make), std::move(done),
                 after(now.steady, std::min(connection_.request_timeout, options_.group.session_timeout))));
}

void group_member::on_beat(generation_id in, answer<wire::heartbeat_response> came, instant now) {
  beating_ = false;
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (in != generation_) return;  // of a membership that is over
  if (code == error_code::none) {
    last_answer_ = now.steady;
    return;
  }
  if (phase_ == phase::preparing && code == error_code::rebalance_in_progress) return;  // it is known
  if (code == error_code::rebalance_in_progress) {
    last_answer_ = now.steady;
    must_join_ = true;
    return;
  }
  const bool passing = !on_membership_error(code, came.got ? error(code) : came.got.failure(), now);
  if (passing) next_beat_ = retry_.at();
}

void group_member::commit_refused(const committer& as, error_code code, instant now) {
  if (as != identity() || phase_ != phase::stable) return;
  if (code == error_code::rebalance_in_progress)
    must_join_ = true;
  else
    on_membership_error(code, error(code), now);
}

/// KIP-62: a member that stopped polling gives its partitions to others. It joins again when the application has heard.
void group_member::watch_poll_interval(instant now) {
  if (phase_ != phase::stable || owned_.empty()) return;
  const auto since = sink_.waiting_since();
  if (since == never || now.steady < after(since, options_.group.max_poll_interval)) return;
  if (!options_.group.instance_id)
    send_leave(after(now.steady, connection_.request_timeout), [](result<void>, instant) {});
  forget_membership(!options_.group.instance_id);
  lose_all(now);
}

void group_member::leave(time_point deadline, unique_function<void(result<void>, instant)> done,
                         instant now) {
  const bool stays = options_.group.instance_id || member_id_.empty();  // KIP-345: a static member comes back
  if (stays)
    done({}, now);
  else
    send_leave(deadline, std::move(done));
  forget_membership(true);
  give_up(partition_set(owned_));
  topics_.clear();
  passes_ = nullptr;
  callback_ = 0;
  phase_ = phase::idle;
  must_join_ = false;
}

void group_member::send_leave(time_point deadline, unique_function<void(result<void>, instant)> done) {
  auto make = [group = options_.group.group_id, member = member_id_](api_version version) {
    wire::leave_group_request out;
    out.group_id = group;
    if (version >= 3)
      out.members.emplace_back().member_id = member;
    else
      out.member_id = member;
    return out;
  };
  auto finish = [done = std::move(done)](answer<wire::leave_group_response> came, instant now) mutable {
    const auto code = came.got ? came.got->error_code : came.got.code();
    const bool gone = code == error_code::none || code == error_code::unknown_member_id;
    done(gone ? result<void>() : result<void>(error(code, "the group could not be left in time")), now);
  };
  requests_.call<wire::leave_group_request>(
      at_coordinator{options_.group.group_id}, deadline, INT16_MAX, std::move(make),
      [](const wire::leave_group_response& r) { return r.error_code; }, std::move(finish));
}

}  // namespace klamm::client
