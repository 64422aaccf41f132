#include "broker/replica/fetch_session.hpp"

#include <algorithm>

namespace klamm::broker::replica {
namespace {

constexpr std::int32_t initial_epoch = 0, final_epoch = -1;
/// Kafka's min.incremental.fetch.session.eviction.ms.
constexpr duration evictable_after = std::chrono::minutes(2);

std::size_t named_in(const wire::fetch_request& request) {
  std::size_t count = 0;
  for (const auto& topic : request.topics) count += topic.partitions.size();
  return count;
}

}  // namespace

void fetch_target::update(const wire::fetch_request::fetch_partition& from) {
  id = from.partition;
  claimed_epoch = from.current_leader_epoch;
  last_fetched_epoch = from.last_fetched_epoch;
  next = from.fetch_offset;
  max_bytes = from.partition_max_bytes;
  log_start = from.log_start_offset;
  high_watermark = from.high_watermark;
}

void fetch_target::told(const wire::fetch_response::partition_data& data) {
  // Who has to cut its log first takes nothing else from the answer (KAFKA-14704), and so is told again.
  const bool taken = data.diverging_epoch.epoch.value < 0;
  told_high_watermark = taken ? data.high_watermark : offset(-1);
  told_start = data.log_start_offset;
}

bool fetch_target::is_news() const {
  return watched() &&
         (told_high_watermark != watched()->high_watermark() || told_start != watched()->log().start());
}

void fetch_session::update(const wire::fetch_request& request, replicas& from) {
  forget(request);
  for (const auto& topic : request.topics) {
    const auto key = std::make_shared<const topic_key>(topic_key{std::string(topic.topic), topic.topic_id});
    for (const auto& one : topic.partitions) put(key, one, from);
  }
}

void fetch_session::put(const std::shared_ptr<const topic_key>& topic,
                        const wire::fetch_request::fetch_partition& from, replicas& all) {
  fetch_target* target = nullptr;
  const auto add = [&] {
    const auto what = replica_.value >= 0 ? watched_for::appends : watched_for::commits;
    ++*of_all_;
    return targets_.emplace_back(std::make_unique<fetch_target>(watcher_, topic, from, what)).get();
  };
  if (id_ != 0) {
    auto& place = index_[{*topic, from.partition}];
    target = place;
    if (target) {
      target->update(from);
    } else {
      target = place = add();
    }
  } else {
    target = add();
  }
  target->watch(topic->id.is_zero() ? all.find(topic->name, from.partition)
                                    : all.find(topic->id, from.partition));
  watcher_.mark_ready(*target);
}

void fetch_session::forget(const wire::fetch_request& request) {
  bool any = false;
  for (const auto& topic : request.forgotten_topics_data) {
    const topic_key key{std::string(topic.topic), topic.topic_id};
    for (const auto id : topic.partitions) any |= index_.erase({key, id}) > 0;
  }
  if (!any) return;
  *of_all_ -= std::erase_if(
      targets_, [&](const auto& target) { return !index_.contains({*target->topic, target->id}); });
}

std::size_t fetch_session::new_in(const wire::fetch_request& request) const {
  std::size_t count = 0;
  for (const auto& topic : request.topics) {
    const topic_key key{std::string(topic.topic), topic.topic_id};
    count += static_cast<std::size_t>(std::ranges::count_if(
        topic.partitions, [&](const auto& one) { return !index_.contains({key, one.partition}); }));
  }
  return count;
}

session_cache::found session_cache::find(const wire::fetch_request& request, link::connection_id from,
                                         instant now) {
  const auto replica = replica_of(request).id;
  if (request.session_epoch == initial_epoch || request.session_epoch == final_epoch) {
    sessions_.erase(request.session_id);
    if (request.session_epoch == initial_epoch) return {error_code::none, open(request, from, now), true};
    return {error_code::none, make(0, replica), true};
  }
  const auto known = sessions_.find(request.session_id);
  if (known == sessions_.end() || known->second->replica() != replica)
    return {error_code::fetch_session_id_not_found, nullptr, false};
  if (known->second->next_epoch() != request.session_epoch || known->second->busy)
    return {error_code::invalid_fetch_session_epoch, nullptr, false};
  if (!has_room_for(request, *known->second)) {
    sessions_.erase(known);
    return {error_code::fetch_session_id_not_found, nullptr, false};
  }
  known->second->advance_epoch();
  known->second->last_used = now.steady;
  known->second->used_by = from;
  return {error_code::none, known->second, false};
}

void session_cache::drop(link::connection_id from) {
  std::erase_if(sessions_, [&](const auto& kept) { return kept.second->used_by == from; });
}

bool session_cache::has_room_for(const wire::fetch_request& request, const fetch_session& in) const {
  const auto has = in.targets().size(), named = named_in(request);
  if (fits(has + named, named)) return true;
  const auto more = in.new_in(request);
  return more == 0 || fits(has + more, more);
}

session_ptr session_cache::make(std::int32_t id, node_id replica) const {
  return std::make_shared<fetch_session>(id, replica, partitions_);
}

session_ptr session_cache::open(const wire::fetch_request& request, link::connection_id from, instant now) {
  drop(from);
  std::int32_t id = 0;
  const auto named = named_in(request);
  if (fits(named, named) && make_room(now)) {
    do id = static_cast<std::int32_t>(random_.below(INT32_MAX - 1) + 1);
    while (sessions_.contains(id));
  }
  // 0: there is no room, the client goes on with full fetches
  auto session = make(id, replica_of(request).id);
  session->last_used = now.steady;
  session->used_by = from;
  if (id != 0) sessions_.emplace(id, session);
  return session;
}

bool session_cache::make_room(instant now) {
  if (sessions_.size() < limits_.slots) return true;
  const auto oldest = std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
    return a.second->last_used < b.second->last_used;
  });
  if (oldest == sessions_.end() || oldest->second->busy ||
      after(oldest->second->last_used, evictable_after) > now.steady)
    return false;
  sessions_.erase(oldest);
  return true;
}

}  // namespace klamm::broker::replica
