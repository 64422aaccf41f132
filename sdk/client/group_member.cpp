// A member of a group: its subscription, its callbacks, its heartbeats, and leaving.
#include "client/group_member.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/messages/leave_group.hpp"

namespace klamm::client {

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

void group_member::lose_owned(unique_function<void(instant)> then, instant now) {
  const auto lost = owned_;
  give_up(lost);
  // A callback that is out (for partitions that are lost now) has to come back first.
  auto tell_it = [this, lost, then = std::move(then)](instant at) mutable {
    tell(rebalance_event::kind::lost, lost, std::move(then), at);
  };
  if (callback_ != 0)
    after_callback_ = std::move(tell_it);
  else
    tell_it(now);
}

void group_member::lose_all(instant now) {
  phase_ = phase::preparing;
  must_join_ = false;
  lose_owned([this](instant) { phase_ = phase::ready; }, now);
}

/// Nobody beats for what a failed member owns, so it is others' soon.
void group_member::fail(const error& why, instant now) {
  phase_ = phase::failed;
  must_join_ = false;
  sink_.failed(std::nullopt, {}, why);
  lose_owned([](instant) {}, now);
}

void group_member::forget_membership(bool and_id) {
  generation_ = {};
  if (and_id) member_id_.clear();
  members_.clear();
}

// Going on.

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

bool group_member::on_membership_error(error_code code, const error& why, instant now) {
  switch (code) {
    case error_code::unknown_member_id:
    case error_code::illegal_generation:
      forget_membership(code == error_code::unknown_member_id);
      retry_.failed(connection_.retry, random_,
                    now.steady);  // a broker that always says so is not asked in a hot loop
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
  if (!retriable(code) && code != error_code::rebalance_in_progress && code != error_code::timed_out) {
    fail({code, fmt::format("cannot join the group \"{}\": {} ({})", options_.group.group_id, name(code),
                            why.message.empty() ? describe(code) : why.message)},
         now);
    return true;
  }
  retry_.failed(connection_.retry, random_, now.steady);
  return false;
}

// Being there.

void group_member::beat(instant now) {
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

bool group_member::concerns_member(error_code of_commit) {
  switch (of_commit) {
    case error_code::illegal_generation:
    case error_code::unknown_member_id:
    case error_code::rebalance_in_progress:
    case error_code::fenced_instance_id:
    case error_code::not_coordinator:
    case error_code::coordinator_not_available:
    case error_code::disconnected:
    case error_code::connect_failed:
    case error_code::timed_out: return true;
    default: return false;
  }
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
