#include "broker/replica/fetcher.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/replica/authority.hpp"

namespace klamm::broker::replica {
namespace {

/// The part of a request for one topic: those of one topic follow each other.
template <class Topic>
Topic& topic_of(std::vector<Topic>& topics, const uuid& id) {
  if (topics.empty() || topics.back().topic_id != id) topics.emplace_back().topic_id = id;
  return topics.back();
}

}  // namespace

void fetcher::follow(follower_role& follower) {
  auto& place = followed_[key_of(follower)];
  place.role = &follower;
  at_disk_ += follower.holds_fetch_up() ? 1 : 0;
  due_ = true;
}

void fetcher::leave(const follower_role& follower) {
  const auto found = followed_.find(key_of(follower));
  if (found == followed_.end() || found->second.role != &follower) return;
  at_disk_ -= follower.holds_fetch_up() ? 1 : 0;
  if (found->second.told) gone_.insert(found->first);
  followed_.erase(found);
  due_ = true;
}

void fetcher::changed(const follower_role& follower, bool held_up) {
  const auto found = followed_.find(key_of(follower));
  if (found == followed_.end() || found->second.role != &follower) return;
  at_disk_ += (follower.holds_fetch_up() ? 1 : 0) - (held_up ? 1 : 0);
  due_ = true;
}

// Asking

void fetcher::run() {
  if (retry_at_ <= around_.clock.steady) {
    retry_at_ = never;
    due_ = true;
  }
  if (take_at_ <= around_.clock.steady) {
    take_at_ = never;
    due_ = true;
  }
  if (!due_ || in_flight_ || at_disk_ > 0 || retry_at_ != never || !around_.ports.links) return;
  due_ = false;
  auto request = next_request();
  if (!request) return;
  in_flight_ = true;
  around_.ports.links->fetch(leader_, std::move(*request), life_.guard([this](result<fetched> answer) {
    in_flight_ = false;
    due_ = true;
    on_answer(std::move(answer));
  }));
}

wire::fetch_request fetcher::header() const {
  wire::fetch_request request;
  request.replica_state.replica_id = around_.self;
  if (const auto self = around_.ports.brokers ? around_.ports.brokers->find(around_.self) : std::nullopt)
    request.replica_state.replica_epoch = self->epoch;
  request.max_wait_ms = around_.how.fetch_wait_max;
  request.min_bytes = around_.how.fetch_min_bytes;
  request.max_bytes = around_.how.fetch_response_max_bytes;
  request.session_id = session_;
  request.session_epoch = session_epoch_;
  return request;
}

/// Nothing if there is nobody to fetch for.
std::optional<wire::fetch_request> fetcher::next_request() {
  auto request = header();
  bool anybody = false;
  take_at_ = never;
  const auto look_at = [&](auto from, auto to) {
    for (; from != to; ++from) {
      auto& [name, one] = *from;
      if (one.role->wants_fetch() && may_take(*one.role))
        add(request, name, one), anybody = true;
      else if (std::exchange(one.told, std::nullopt))
        gone_.insert(name);
    }
  };
  const auto middle = followed_.lower_bound(first_);
  look_at(middle, followed_.end());
  look_at(followed_.begin(), middle);
  if (!anybody) return std::nullopt;
  for (const auto& name : std::exchange(gone_, {})) forget(request, name);
  return request;
}

/// One that is throttled is left out, and the next request leaves when it may be asked for again.
bool fetcher::may_take(const follower_role& follower) {
  const auto at = follower.may_take_at();
  if (at <= around_.clock.steady) return true;
  take_at_ = std::min(take_at_, at);
  return false;
}

void fetcher::add(wire::fetch_request& to, const key& name, followed& one) {
  gone_.erase(name);
  const auto at = one.role->position();
  if (session_epoch_ != 0 && one.told == at) return;
  one.told = at;
  auto& asked = topic_of(to.topics, name.first).partitions.emplace_back();
  asked.partition = name.second;
  asked.current_leader_epoch = at.current;
  asked.fetch_offset = at.next;
  asked.last_fetched_epoch = at.last_fetched;
  asked.log_start_offset = at.log_start;
  asked.high_watermark = at.high_watermark;
  asked.partition_max_bytes = around_.how.fetch_max_bytes;
}

void fetcher::forget(wire::fetch_request& to, const key& name) {
  if (session_epoch_ == 0) return;
  topic_of(to.forgotten_topics_data, name.first).partitions.push_back(name.second);
}

// Answers

void fetcher::on_answer(result<fetched> answer) {
  const auto why = answer ? answer->response.error_code : answer.code();
  if (why != error_code::none) {
    const bool at_once = session_failed(why);
    begin_session_anew();
    if (at_once) return;
    const auto pause = pause_.next(around_.how.fetch_backoff);
    retry_at_ = after(around_.clock.steady, pause);
    if (around_.sink.wants(log_level::info))
      around_.sink.write(log_level::info, fmt::format("fetcher of node {}", leader_.value),
                         fmt::format("fetches again in {} ms: {}", pause.count(),
                                     answer ? klamm::name(why) : answer.failure().message));
    return;
  }
  pause_.reset();
  const auto& response = answer->response;
  if (session_epoch_ != 0) {
    session_epoch_ = session_epoch_ == INT32_MAX ? 1 : session_epoch_ + 1;
  } else if (response.session_id != 0) {
    session_ = response.session_id;
    session_epoch_ = 1;
  }
  hand_out(response);
}

/// Whether the leader has dropped a session of ours, as it may: another is opened at once.
bool fetcher::session_failed(error_code why) {
  return session_epoch_ != 0 &&
         (why == error_code::fetch_session_id_not_found || why == error_code::invalid_fetch_session_epoch);
}

void fetcher::begin_session_anew() {
  session_ = session_epoch_ = 0;
  gone_.clear();
  for (auto& [name, one] : followed_) one.told.reset();
}

void fetcher::hand_out(const wire::fetch_response& response) {
  for (const auto& topic : response.responses) {
    for (const auto& part : topic.partitions) {
      const auto found = followed_.find({topic.topic_id, part.partition_index});
      if (found == followed_.end() || !found->second.told) continue;
      if (part.records && !part.records->empty())
        first_ = {topic.topic_id, partition_id(part.partition_index.value + 1)};
      found->second.role->on_fetched(part, *found->second.told);
    }
  }
}

// All of them

void fetchers::follow(follower_role& follower) {
  by_leader_.try_emplace(follower.led().leader, around_, follower.led().leader)
      .first->second.follow(follower);
}

void fetchers::leave(const follower_role& follower) {
  if (const auto at = by_leader_.find(follower.led().leader); at != by_leader_.end())
    at->second.leave(follower);
}

void fetchers::changed(const follower_role& follower, bool held_up) {
  if (const auto at = by_leader_.find(follower.led().leader); at != by_leader_.end())
    at->second.changed(follower, held_up);
}

void fetchers::run() {
  for (auto& [leader, one] : by_leader_) one.run();
}

time_point fetchers::deadline() const {
  auto first = never;
  for (const auto& [leader, one] : by_leader_) first = std::min(first, one.deadline());
  return first;
}

}  // namespace klamm::broker::replica
