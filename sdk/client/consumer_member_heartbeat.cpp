// What a member of a KIP-848 group and its coordinator tell each other.
#include <algorithm>

#include <fmt/format.h>

#include "client/consumer_member.hpp"

namespace klamm::client {
namespace {

/// A coordinator that asks for more is not obeyed.
constexpr duration shortest_interval = millis(10);
/// Epochs that say goodbye.
constexpr std::int32_t leaves = -1, leaves_and_comes_back = -2;

}  // namespace

/// Where the client finds the topics itself, one that comes or goes is news.
void consumer_member::watch_topics() {
  const auto version = metadata_.now_known().version;
  if (!subscription_.passes || !subscription_.regex.empty() || version == watched_version_) return;
  watched_version_ = version;
  if (heard_ && current_topics() != heard_->topics) news_ = true;
}

consumer_member::told consumer_member::to_tell() const {
  told out{.topics = current_topics(), .regex = subscription_.regex, .owned = {}};
  for (const auto& [at, id] : owned_ids_) out.owned[id].push_back(at.partition);
  return out;
}

void consumer_member::beat(instant now) {
  if (beating_ || !retry_.due(now.steady) || (!news_ && now.steady < next_beat_)) return;
  const auto to = coordinator(now);
  if (!to) return;
  beating_ = true;
  auto make = [this](api_version) { return make_heartbeat(); };
  auto done = [this](answer<wire::consumer_group_heartbeat_response> came, instant at) {
    on_beat(std::move(came), at);
  };
  pool_.call(*to, make_call<wire::consumer_group_heartbeat_request>(
                      std::move(make), std::move(done), after(now.steady, connection_.request_timeout)));
}

/// Views `telling_`. A field that this version cannot carry (a pattern, in version 0) refuses itself.
wire::consumer_group_heartbeat_request consumer_member::make_heartbeat() {
  beating_for_ = me_;
  telling_ = to_tell();
  news_ = false;
  const auto& group = options_.group;
  wire::consumer_group_heartbeat_request out;
  out.group_id = group.group_id;
  out.member_id = id_;
  out.member_epoch = me_->epoch.value;
  if (!heard_) {
    if (group.instance_id) out.instance_id = *group.instance_id;
    if (!options_.rack.empty()) out.rack_id = options_.rack;
    out.rebalance_timeout_ms = std::chrono::duration_cast<millis>(group.max_poll_interval);
  }
  if (!heard_ || heard_->topics != telling_.topics)
    out.subscribed_topic_names.emplace(telling_.topics.begin(), telling_.topics.end());
  if (telling_.regex != (heard_ ? heard_->regex : std::string())) out.subscribed_topic_regex = telling_.regex;
  if (!heard_ || heard_->owned != telling_.owned) {
    auto& owned = out.topic_partitions.emplace();
    for (const auto& [id, partitions] : telling_.owned) owned.push_back({id, partitions, {}});
  }
  return out;
}

void consumer_member::on_beat(answer<wire::consumer_group_heartbeat_response> came, instant now) {
  beating_ = false;
  const bool of_this_membership = came.got ? beating_for_ == me_ : true;
  if (!of_this_membership || me_->over) return;
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (code == error_code::none) return on_alive(*came.got, now);
  heard_.reset();  // nobody knows what arrived
  news_ = true;
  on_error(came.got ? error(code, std::string(came.got->error_message.value_or(""))) : came.got.failure(),
           now);
}

void consumer_member::on_alive(const wire::consumer_group_heartbeat_response& said, instant now) {
  retry_.succeeded();
  heard_ = telling_;
  phase_ = phase::member;
  me_->epoch = generation_id(said.member_epoch);
  interval_ = std::max<duration>(said.heartbeat_interval_ms, shortest_interval);
  next_beat_ = after(now.steady, interval_);
  if (!said.assignment) return;
  auto& target = target_.emplace();
  for (const auto& t : said.assignment->topic_partitions) {
    auto& partitions = target[t.topic_id];
    partitions.insert(partitions.end(), t.partitions.begin(), t.partitions.end());
  }
  looked_up_in_ = 0;
}

void consumer_member::on_error(const error& why, instant now) {
  retry_.failed(connection_.retry, random_,
                now.steady);  // who always says the same is not asked in a hot loop
  switch (why.code) {
    case error_code::fenced_member_epoch:
    case error_code::unknown_member_id:
      if (phase_ == phase::joining) return join();
      return lose_all(now);
    case error_code::not_coordinator:
    case error_code::coordinator_not_available:
    case error_code::disconnected:
    case error_code::connect_failed:
    case error_code::timed_out: requests_.coordinator_lost(options_.group.group_id); return;
    case error_code::unsupported_version:
    case error_code::group_id_not_found: return cannot_speak_it(why, now);
    default: break;
  }
  if (worth_retrying(why.code)) return;
  fail({why.code, fmt::format("cannot join the group \"{}\": {} ({})", options_.group.group_id,
                              name(why.code), why.message.empty() ? describe(why.code) : why.message)},
       now);
}

/// Brokers without KIP-848; or a group of the classic protocol that its coordinator does not convert.
void consumer_member::cannot_speak_it(const error& why, instant now) {
  if (options_.group.protocol == membership_protocol::automatic && phase_ == phase::joining) {
    unsupported_ = true;
    end_membership();
    return;
  }
  fail({why.code,
        fmt::format("the group \"{}\" cannot be joined with group_protocol \"consumer\" (KIP-848): {}; use "
                    "\"classic\" or "
                    "\"automatic\"",
                    options_.group.group_id, why.message.empty() ? describe(why.code) : why.message)},
       now);
}

void consumer_member::send_leave(time_point deadline, unique_function<void(result<void>, instant)> done) {
  auto make = [group = options_.group.group_id, id = id_,
               instance = options_.group.instance_id](api_version) {
    wire::consumer_group_heartbeat_request out;
    out.group_id = group;
    out.member_id = id;
    out.member_epoch = instance ? leaves_and_comes_back : leaves;
    if (instance) out.instance_id = *instance;
    return out;
  };
  auto code_of = [](const wire::consumer_group_heartbeat_response& said) {
    const bool gone = said.error_code == error_code::unknown_member_id ||
                      said.error_code == error_code::fenced_member_epoch ||
                      said.error_code == error_code::group_id_not_found;
    return gone ? error_code::none : said.error_code;
  };
  auto finish = [done = std::move(done)](answer<wire::consumer_group_heartbeat_response> came,
                                         instant now) mutable {
    // Who does not know the protocol never had this member: it is left before it had heard so.
    const bool left = came.got || came.got.code() == error_code::unsupported_version;
    done(left ? result<void>() : error(came.got.code(), "the group could not be left in time"), now);
  };
  // Behind the heartbeats: one that joins must not come after.
  requests_.call<wire::consumer_group_heartbeat_request>(
      at_coordinator{options_.group.group_id, coordinator_type::group, lane::group}, deadline, INT16_MAX,
      std::move(make), code_of, std::move(finish));
}

}  // namespace klamm::client
