// A member of a group: its subscription, its callbacks, its heartbeats, and leaving.
#include "client/classic_member.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/messages/leave_group.hpp"

namespace klamm::client {

classic_member::classic_member(const member_surroundings& in) : group_member(in) {
  for (const auto& name : options_.group.assignors)
    if (const auto* found = find_assignor(name)) assignors_.push_back(found);
  cooperative_ = !assignors_.empty() && std::ranges::all_of(assignors_, &assignor::cooperative);
}

// The subscription.

void classic_member::subscribe(subscription to, instant now) {
  subscription_ = std::move(to);
  subscription_.regex.clear();  // its coordinator finds no topics: what passes is found here
  metadata_.watch_all(subscription_.passes, now);
  if (!subscription_.passes) metadata_.pin(subscription_.topics, now);
  must_join_ = true;
  if (phase_ == phase::failed) phase_ = phase::idle;
}

std::map<std::string, std::size_t, std::less<>> classic_member::partition_counts(const topic_set& of) const {
  std::map<std::string, std::size_t, std::less<>> out;
  for (const auto& name : of)
    if (const auto* topic = metadata_.now_known().find(name)) out[name] = topic->partitions.size();
  return out;
}

/// A topic that came, went or grew: every member sees to its own subscription, the leader to the partitions.
void classic_member::watch_topics() {
  const auto version = metadata_.now_known().version;
  if (phase_ != phase::stable || version == watched_version_) return;
  watched_version_ = version;
  if (current_topics() != joined_topics_) must_join_ = true;
  if (!members_.empty() && partition_counts(group_topics_) != assigned_counts_) must_join_ = true;
}

void classic_member::lose_all(instant now) {
  phase_ = phase::preparing;
  must_join_ = false;
  owned_.lose([this](instant) { phase_ = phase::ready; }, now);
}

/// Nobody beats for what a failed member owns, so it is others' soon.
void classic_member::fail(const error& why, instant now) {
  phase_ = phase::failed;
  must_join_ = false;
  sink_.out_of_group(why);
  owned_.lose([](instant) {}, now);
}

void classic_member::forget_membership(bool and_id) {
  generation_ = {};
  if (and_id) member_id_.clear();
  members_.clear();
}

// Going on.

void classic_member::pump(instant now) {
  if (!subscribed()) return;
  if (phase_ == phase::stable || phase_ == phase::preparing) beat(now);
  watch_refused_topics();
  watch_poll_interval(now);
  if (owned_.telling()) return;
  watch_topics();
  if (must_join_ && (phase_ == phase::idle || phase_ == phase::stable)) prepare(now);
  if (phase_ == phase::ready) join(now);
  if (phase_ == phase::assigning) assign_when_known(now);
}

time_point classic_member::deadline() const {
  if (!subscribed()) return never;
  switch (phase_) {
    case phase::idle: return never;
    case phase::preparing: return next_beat_;
    case phase::ready: return retry_.at();
    case phase::assigning: return assign_by_;
    case phase::stable: return std::min(next_beat_, poll_by());
    default: return never;
  }
}

bool classic_member::on_membership_error(error_code code, const error& why, instant now) {
  switch (code) {
    case error_code::unknown_member_id:
    case error_code::illegal_generation:
      // A broker that always says so is not asked in a hot loop.
      retry_.failed(connection_.retry, random_, now.steady);
      if (fires(faults_, "client.ignore_lost_membership")) return false;
      forget_membership(code == error_code::unknown_member_id);
      lose_all(now);
      return true;
    case error_code::fenced_instance_id:
      forget_membership(true);
      fail({code, fmt::format("another consumer has joined the group \"{}\" with the instance id \"{}\"",
                              options_.group.group_id, options_.group.instance_id.value_or(""))},
           now);
      return true;
    case error_code::not_coordinator:
    case error_code::coordinator_not_available:
    case error_code::disconnected:
    case error_code::connect_failed:
    case error_code::timed_out: requests_.coordinator_lost(options_.group.group_id); break;
    default: break;
  }
  if (!worth_retrying(code) && code != error_code::rebalance_in_progress) {
    fail({code, fmt::format("cannot join the group \"{}\": {} ({})", options_.group.group_id, name(code),
                            why.message.empty() ? describe(code) : why.message)},
         now);
    return true;
  }
  retry_.failed(connection_.retry, random_, now.steady);
  return false;
}

// Being there.

void classic_member::beat(instant now) {
  if (generation_.value < 0 || beating_ || now.steady < next_beat_) return;
  if (now.steady > after(last_answer_, options_.group.session_timeout)) {
    requests_.coordinator_lost(options_.group.group_id);
    last_answer_ = now.steady;  // the one that is found now is given as long
  }
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

void classic_member::on_beat(generation_id in, answer<wire::heartbeat_response> came, instant now) {
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

/// The same through all tries: if the group has moved on, the coordinator refuses it, and nothing of others is overwritten.
committer_source classic_member::committing() const {
  return [as = identity()] { return committer_now{as}; };
}

void classic_member::commit_refused(const committer& as, error_code code, instant now) {
  if (as != identity() || phase_ != phase::stable) return;
  if (code == error_code::rebalance_in_progress)
    must_join_ = true;
  else
    on_membership_error(code, error(code), now);
}

/// KIP-62: a member that stopped polling gives its partitions to others. It joins again when the application has heard.
void classic_member::watch_poll_interval(instant now) {
  if (phase_ != phase::stable || now.steady < poll_by()) return;
  if (!options_.group.instance_id)
    send_leave(after(now.steady, connection_.request_timeout), [](result<void>, instant) {});
  forget_membership(!options_.group.instance_id);
  lose_all(now);
}

void classic_member::leave(time_point deadline, unique_function<void(result<void>, instant)> done,
                           instant now) {
  const bool stays = options_.group.instance_id || member_id_.empty();  // KIP-345: a static member comes back
  if (stays)
    done({}, now);
  else
    send_leave(deadline, std::move(done));
  forget_membership(true);
  owned_.drop();
  subscription_ = {};
  phase_ = phase::idle;
  must_join_ = false;
}

void classic_member::send_leave(time_point deadline, unique_function<void(result<void>, instant)> done) {
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
