#include "client/metadata.hpp"

#include <algorithm>

#include "base/topic_name.hpp"

namespace klamm::client {
namespace {

/// Since this version topics may be asked for by their ids alone.
constexpr api_version asked_by_id = 12;

}  // namespace

metadata::metadata(const connection_options& options, bool creates, broker_pool& pool,
                   snapshot_sink& published, rng random)
    : options_(options),
      creates_(creates),
      pool_(pool),
      published_(published),
      random_(random),
      known_(std::make_shared<const metadata_snapshot>()) {}

void metadata::want(std::string_view topic, instant now) {
  const auto at = wanted_.find(topic);
  if (at != wanted_.end()) {
    at->second = now.steady;
    return;
  }
  wanted_.emplace(topic, now.steady);
  if (!is_topic_name(topic)) return refuse_bad_names({std::string(topic)});
  if (!known_->find(topic)) new_topics_ = true;
}

void metadata::pin(std::set<std::string, std::less<>> topics, instant) {
  for (const auto& topic : topics)
    if (!known_->find(topic)) new_topics_ = true;
  pinned_ = std::move(topics);
  refuse_bad_names(pinned_);
}

void metadata::refuse_bad_names(const std::set<std::string, std::less<>>& names) {
  std::set<std::string, std::less<>> bad;
  for (const auto& name : names)
    if (!is_topic_name(name) && !known_->find(name)) bad.insert(name);
  if (!bad.empty()) adopt(merge_refusal(*known_, bad, error_code::invalid_topic_exception));
}

void metadata::identify(const std::set<uuid>& topics) {
  const auto unknown = [&](const uuid& id) { return known_->find(id) == nullptr; };
  std::set<uuid> unnamed;
  std::ranges::copy_if(topics, std::inserter(unnamed, unnamed.end()), unknown);
  if (!std::ranges::includes(unnamed_, unnamed)) new_topics_ = true;
  unnamed_ = std::move(unnamed);
}

void metadata::watch_all(std::function<bool(std::string_view)> passes, instant) {
  passes_ = std::move(passes);
  watched_known_ = false;
  if (passes_) new_topics_ = true;
}

bool metadata::leader_moved(const topic_partition& of, node_id leader, leader_epoch epoch) {
  auto changed = merge_leader(*known_, of, leader, epoch);
  if (!changed) return false;
  adopt(std::move(changed));
  return true;
}

void metadata::broker_heard_of(node_id node, const link::endpoint& at) {
  if (known_->find(node)) return;
  auto fresh = std::make_shared<metadata_snapshot>(*known_);
  ++fresh->version;
  fresh->brokers.push_back({node, at, {}});
  std::ranges::sort(fresh->brokers, {}, &broker_view::id);
  brokers_changed_ = true;
  adopt(std::move(fresh));
}

void metadata::pump(instant now, link::net_effects& out) {
  if (std::exchange(brokers_changed_, false))
    pool_.set_brokers(known_->brokers, known_->cluster_id, now, out);
  if (pool_.take_trouble()) stale_ = true;
  if (rebootstrap_is_due(now.steady)) rebootstrap(now, out);
  if (outstanding_) return;
  if (std::exchange(new_topics_, false)) return ask(!passes_ && !stale_ && !known_->brokers.empty(), now);
  if (now.steady >= expires_) stale_ = true;
  if (stale_ && retry_.due(now.steady)) ask(false, now);
}

time_point metadata::deadline() const {
  if (outstanding_) return pool_.on_seeds() ? never : after(asking_since_, options_.rebootstrap_after);
  return new_topics_ || stale_ ? retry_.at() : expires_;
}

bool metadata::kept(std::string_view topic) const {
  return wanted_.contains(topic) || pinned_.contains(topic) || (passes_ && passes_(topic));
}

// The topics are those of the moment when it leaves: a client's first question waits for a connection, and what is wanted meanwhile
// need not wait for another one.
void metadata::ask(bool only_missing, instant now) {
  forget_idle_topics(now.steady);
  outstanding_ = true;
  asking_since_ = std::min(asking_since_, now.steady);
  stale_ = only_missing && stale_;
  const bool all = passes_ != nullptr;
  auto make = [this, only_missing, all](api_version version) {
    wire::metadata_request request;
    const auto add = [&](const std::string& name) {
      if (is_topic_name(name) && (!only_missing || !known_->find(name)))
        request.topics->emplace_back().name = name;
    };
    if (all) {
      request.topics.reset();
    } else {
      for (const auto& [name, used] : wanted_) add(name);
      for (const auto& name : pinned_)
        if (!wanted_.contains(name)) add(name);
      for (const auto& id : unnamed_)
        if (version >= asked_by_id) request.topics->push_back({id, std::nullopt, {}});
    }
    if (all == (passes_ != nullptr)) new_topics_ = false;
    // Before version 4 it cannot be asked for, and what is not said must have its default.
    request.allow_auto_topic_creation = version < 4 || creates_;
    return request;
  };
  pool_.call(any_broker, make_call<wire::metadata_request>(
                             std::move(make),
                             [this, all](answer<wire::metadata_response> came, instant at) {
                               on_answer(std::move(came), all, at);
                             },
                             after(now.steady, options_.request_timeout)));
}

void metadata::on_answer(answer<wire::metadata_response> came, bool of_all, instant now) {
  outstanding_ = false;
  if (!came.got) return on_failure(came.got.failure(), now);
  const auto& said = *came.got;
  if (said.error_code == error_code::rebootstrap_required) must_rebootstrap_ = true;
  if (said.error_code != error_code::none) return on_failure(error(said.error_code), now);
  // A broker that knows no brokers is still starting.
  if (said.brokers.empty())
    return on_failure({error_code::broker_not_available, "the answer names no broker"}, now);

  asking_since_ = never;
  answered_ = now.steady;
  expires_ = after(now.steady, options_.metadata_max_age);
  name_the_unnamed(said, now.steady);
  adopt(merge_metadata(*known_, said, [this](std::string_view topic) { return kept(topic); }));
  watched_known_ = watched_known_ || of_all;
  brokers_changed_ = true;
  if (missing_topics()) {
    stale_ = true;
    retry_.failed(options_.retry, random_, now.steady);
  } else if (stale_) {
    retry_.failed(options_.retry, random_, now.steady);  // asked for meanwhile: not in a hot loop
  } else {
    retry_.succeeded();
  }
}

void metadata::name_the_unnamed(const wire::metadata_response& said, time_point now) {
  for (const auto& t : said.topics)
    if (t.name && unnamed_.erase(t.topic_id) > 0) wanted_.insert_or_assign(std::string(*t.name), now);
}

void metadata::on_failure(const error& why, instant now) {
  stale_ = true;
  if (kind(why.code) == error_kind::invalid_configuration) {
    auto refused = pinned_;
    for (const auto& [name, used] : wanted_) refused.insert(name);
    adopt(merge_refusal(*known_, refused, why.code));
  }
  retry_.failed(options_.retry, random_, now.steady);
}

/// A topic that should exist and has no usable answer, or a partition without a leader that can be reached: a broker may name one
/// that it does not count among the brokers, since it knows of a fence before it knows who leads then.
bool metadata::missing_topics() const {
  const auto lacks = [&](std::string_view name) {
    const auto* topic = known_->find(name);
    if (!topic) return true;
    if (topic->error != error_code::none) return retriable(topic->error);
    return std::ranges::any_of(topic->partitions, [&](const auto& p) { return !known_->find(p.leader); });
  };
  return !unnamed_.empty() || std::ranges::any_of(wanted_, [&](const auto& w) { return lacks(w.first); }) ||
         std::ranges::any_of(pinned_, lacks);
}

void metadata::adopt(snapshot_ptr fresh) {
  known_ = std::move(fresh);
  published_.publish(known_);
}

void metadata::forget_idle_topics(time_point now) {
  std::erase_if(wanted_, [&](const auto& w) { return now - w.second > options_.topic_idle; });
}

bool metadata::rebootstrap_is_due(time_point now) const {
  if (pool_.on_seeds()) return false;
  return must_rebootstrap_ || pool_.all_unreachable() ||
         now >= after(asking_since_, options_.rebootstrap_after);
}

void metadata::rebootstrap(instant now, link::net_effects& out) {
  must_rebootstrap_ = false;
  asking_since_ = now.steady;
  stale_ = true;
  pool_.use_seeds(now, out);
}

}  // namespace klamm::client
