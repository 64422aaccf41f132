// A member of a KIP-848 group: its subscription, its memberships, and how it comes to own what it is assigned.
#include "client/consumer_member.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace klamm::client {
namespace {

/// Before the coordinator says how often.
constexpr duration first_interval = millis(5000);

std::string new_member_id(rng& random) {
  uuid id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return to_string(id);
}

}  // namespace

consumer_member::consumer_member(const member_surroundings& in)
    : group_member(in), id_(new_member_id(random_)), interval_(first_interval) {}

// The subscription, and memberships.

void consumer_member::subscribe(subscription to, instant now) {
  subscription_ = std::move(to);
  metadata_.watch_all(subscription_.regex.empty() ? subscription_.passes : nullptr, now);
  keep_known(owned_ids_, now);
  news_ = true;
  if (phase_ == phase::idle || phase_ == phase::failed) join();
}

void consumer_member::join() {
  phase_ = phase::joining;
  me_ = std::make_shared<membership>();
  heard_.reset();
  news_ = true;
}

void consumer_member::end_membership() {
  if (me_) me_->over = true;
  owned_ids_.clear();
  target_.reset();
  metadata_.identify({});
}

void consumer_member::lose_all(instant now) {
  phase_ = phase::losing;
  end_membership();
  owned_.lose([this](instant) { join(); }, now);
}

void consumer_member::fail(const error& why, instant now) {
  phase_ = phase::failed;
  end_membership();
  sink_.out_of_group(why);
  owned_.lose([](instant) {}, now);
}

void consumer_member::leave(time_point deadline, unique_function<void(result<void>, instant)> done,
                            instant now) {
  if (me_ && !me_->over)
    send_leave(deadline, std::move(done));
  else
    done({}, now);
  end_membership();
  owned_.drop();
  subscription_ = {};
  phase_ = phase::idle;
}

/// KIP-62: a member that stopped polling gives its partitions to others. It joins again when the application has heard.
void consumer_member::watch_poll_interval(instant now) {
  if (phase_ != phase::member || now.steady < poll_by()) return;
  send_leave(after(now.steady, connection_.request_timeout), [](result<void>, instant) {});
  lose_all(now);
}

// The epoch rises with heartbeats, and a commit must not be made in an old one; but never in another membership's.
committer_source consumer_member::committing() const {
  if (!me_) return [] { return committer_now{}; };
  return [of = me_, id = id_, instance = options_.group.instance_id] {
    return committer_now{{id, instance, of->epoch}, !of->over};
  };
}

/// The next heartbeat tells whether the membership goes on.
void consumer_member::commit_refused(const committer& as, error_code, instant) {
  if (phase_ == phase::member && as.generation == me_->epoch) news_ = true;
}

void consumer_member::pump(instant now) {
  if (!subscribed() || unsupported_) return;
  watch_poll_interval(now);
  if (!owned_.telling()) reconcile(now);
  watch_topics();
  watch_refused_topics();
  if (phase_ == phase::joining || phase_ == phase::member) beat(now);
}

time_point consumer_member::deadline() const {
  if (!subscribed() || unsupported_ || (phase_ != phase::joining && phase_ != phase::member)) return never;
  const auto beat_at = beating_ ? never : news_ ? retry_.at() : std::max(next_beat_, retry_.at());
  return std::min(beat_at, phase_ == phase::member ? poll_by() : never);
}

// What is assigned.

void consumer_member::reconcile(instant now) {
  const auto version = metadata_.now_known().version;
  if (phase_ != phase::member || !target_ || version == looked_up_in_) return;
  looked_up_in_ = version;
  const auto [named, nameless] = look_up_target();
  metadata_.identify(nameless);
  keep_known(named, now);
  if (nameless.empty()) target_.reset();
  move_to(named, now);
}

std::pair<consumer_member::named_partitions, std::set<uuid>> consumer_member::look_up_target() const {
  std::map<uuid, std::string> names;
  for (const auto& [at, id] : owned_ids_) names.emplace(id, at.topic);
  std::pair<named_partitions, std::set<uuid>> out;
  for (const auto& [id, partitions] : *target_) {
    const auto* topic = metadata_.now_known().find(id);
    const auto owned = names.find(id);
    if (!topic && owned == names.end()) {
      out.second.insert(id);
      continue;
    }
    for (const auto p : partitions)
      out.first.emplace(topic_partition{topic ? topic->name : owned->second, p}, id);
  }
  return out;
}

/// What is consumed has to stay known, whoever named it.
void consumer_member::keep_known(const named_partitions& assigned, instant now) {
  auto topics = subscription_.topics;
  for (const auto& [at, id] : assigned) topics.insert(at.topic);
  metadata_.pin(std::move(topics), now);
}

void consumer_member::move_to(const named_partitions& wanted, instant now) {
  named_partitions gone, added;
  std::ranges::set_difference(owned_ids_, wanted, std::inserter(gone, gone.end()));
  std::ranges::set_difference(wanted, owned_ids_, std::inserter(added, added.end()));
  if (gone.empty() && added.empty()) return;
  const auto without_ids = [](const named_partitions& from) {
    owned_partitions::partition_set out;
    for (const auto& [at, id] : from) out.insert(at);
    return out;
  };
  auto then = [this, gone, added, taken = without_ids(added)](instant at) {
    for (const auto& [which, id] : gone) owned_ids_.erase(which);
    owned_ids_.insert(added.begin(), added.end());
    news_ = true;
    owned_.assign(taken, [](instant) {}, at);
  };
  owned_.revoke(without_ids(gone), std::move(then), now);
}

}  // namespace klamm::client
