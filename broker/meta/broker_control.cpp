#include "broker/meta/broker_control.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/meta/image_records.hpp"
#include "broker/meta/internal_topics.hpp"
#include "broker/meta/partition_updates.hpp"
#include "broker/meta/registration.hpp"

namespace klamm::broker::meta {
namespace {

constexpr std::int32_t producer_ids_per_block = 1000;

wire::broker_registration_change_record change_of(const broker_image& broker) {
  wire::broker_registration_change_record record;
  record.broker_id = broker.id;
  record.broker_epoch = broker.epoch;
  return record;
}

void add_fence(const broker_image& broker, decision& d) {
  move_broker(d, {.leaves = broker.id});
  auto record = change_of(broker);
  record.fenced = 1;
  d.records.emplace_back(record);
}

void add_unfence(const broker_image& broker, decision& d) {
  auto record = change_of(broker);
  record.fenced = -1;
  d.records.emplace_back(record);
  move_broker(d, {.comes = broker.id});
}

void add_controlled_shutdown(const broker_image& broker, decision& d) {
  auto record = change_of(broker);
  record.in_controlled_shutdown = 1;
  d.records.emplace_back(record);
  move_broker(d, {.leaves = broker.id});
}

/// What the directories that went offline hold is lost to the broker; it goes on with the others.
void take_offline(const broker_image& broker, std::span<const uuid> offline, decision& d) {
  std::vector<uuid> left;
  const auto is_offline = [&](const uuid& id) {
    return std::find(offline.begin(), offline.end(), id) != offline.end();
  };
  std::remove_copy_if(broker.log_dirs.begin(), broker.log_dirs.end(), std::back_inserter(left), is_offline);
  if (left.size() == broker.log_dirs.size()) return;
  move_broker(d, {.leaves = broker.id, .directories = offline});
  auto record = change_of(broker);
  record.log_dirs = std::move(left);
  d.records.emplace_back(record);
}

bool leads_any(const image& state, node_id id) {
  bool leads = false;
  for_each_partition(
      state, [&](const topic_image&, partition_id, const partition_image& p) { leads |= p.leader == id; });
  return leads;
}

}  // namespace

result<void> check_broker_epoch(const image& state, node_id id, std::int64_t epoch) {
  const auto* const broker = state.broker(id);
  if (!broker)
    return error(error_code::stale_broker_epoch,
                 fmt::format("No broker registration found for broker id {}", id.value));
  if (broker->epoch != epoch)
    return error(error_code::stale_broker_epoch,
                 fmt::format("Expected broker epoch {}, but got broker epoch {}", broker->epoch, epoch));
  return {};
}

void broker_control::start(const decision& d, node_id self) {
  sessions_.clear();
  for (const auto& [id, broker] : d.state.cluster->brokers)
    if (!broker.fenced) sessions_.begin(id, session_end(d), id != self);
}

time_point broker_control::session_end(const decision& d) const {
  return after(clock_.steady, millis(d.configs.broker_number("broker.session.timeout.ms")));
}

wire::broker_registration_response broker_control::register_broker(
    const wire::broker_registration_request& request, decision& d) {
  wire::broker_registration_response response;
  const auto refuse = [&](error_code why) {
    response.error_code = why;
    return response;
  };
  if (request.cluster_id != cluster_id_) return refuse(error_code::inconsistent_cluster_id);
  const auto* const existing = d.state.broker(request.broker_id);
  const bool same = existing && existing->incarnation == request.incarnation_id;
  if (existing && !same && !existing->fenced && !existing->in_controlled_shutdown &&
      sessions_.is_live(request.broker_id, clock_.steady))
    return refuse(error_code::duplicate_broker_registration);
  if (auto checked = check_registration(request, d.state); !checked) return refuse(checked.code());
  auto broker = requested_broker(request);
  if (same) {
    broker.epoch = existing->epoch;
    broker.fenced = existing->fenced;
    broker.in_controlled_shutdown = existing->in_controlled_shutdown;
  } else {
    const bool clean = existing && existing->epoch == request.previous_broker_epoch;
    if (clean || !eligible_leaders_are_on(d.state))
      move_broker(d, {.leaves = broker.id});
    else
      move_broker(d, {.was_shut_down_uncleanly = broker.id});
    broker.epoch = d.next.value + std::ssize(d.records);
    sessions_.forget(broker.id);
  }
  response.broker_epoch = broker.epoch;
  d.records.emplace_back(registration_record(request.broker_id, d.keep(std::move(broker))));
  return response;
}

heartbeat_facts broker_control::facts_of(const wire::broker_heartbeat_request& request,
                                         const broker_image& broker, const decision& d) {
  heartbeat_facts facts;
  facts.now = broker.fenced                   ? broker_state::fenced
              : broker.in_controlled_shutdown ? broker_state::controlled_shutdown
                                              : broker_state::unfenced;
  // Who was on its way out comes back as a new incarnation only.
  facts.wants_fence = request.want_fence || (broker.fenced && broker.in_controlled_shutdown);
  facts.wants_shutdown = request.want_shut_down;
  facts.caught_up = request.current_metadata_offset.value >= broker.epoch;
  facts.leads = (request.want_shut_down || broker.in_controlled_shutdown) && leads_any(d.state, broker.id);
  if (facts.now == broker_state::controlled_shutdown)
    facts.known_by_all =
        applied_by_all(d.state, d.next, broker.id) >= sessions_.shutdown_decided_at(broker.id, d.next);
  return facts;
}

void broker_control::enter(broker_state next, const broker_image& broker, decision& d) {
  switch (next) {
    case broker_state::fenced:
    case broker_state::shutdown_now:
      if (!broker.fenced) add_fence(broker, d);
      break;
    case broker_state::unfenced:
      add_unfence(broker, d);
      d.then = grow_internal_topics;
      break;
    case broker_state::controlled_shutdown:
      add_controlled_shutdown(broker, d);
      sessions_.shutdown_decided_at(broker.id, d.next + std::ssize(d.records));
      break;
  }
}

wire::broker_heartbeat_response broker_control::heartbeat(const wire::broker_heartbeat_request& request,
                                                          decision& d) {
  wire::broker_heartbeat_response response;
  if (auto known = check_broker_epoch(d.state, request.broker_id, request.broker_epoch); !known) {
    response.error_code = known.code();
    return response;
  }
  const auto* const broker = d.state.broker(request.broker_id);
  sessions_.applied(broker->id, std::min(request.current_metadata_offset, d.state.last_offset) + 1);
  const auto facts = facts_of(request, *broker, d);
  const auto next = next_state(facts);
  if (next != facts.now) enter(next, *broker, d);
  const bool fenced = next == broker_state::fenced || next == broker_state::shutdown_now;
  if (fenced)
    sessions_.fence(broker->id);
  else
    sessions_.begin(broker->id, session_end(d), true);
  if (next == facts.now) take_offline(*broker, request.offline_log_dirs, d);  // it will say so again
  if (request.cordoned_log_dirs && *request.cordoned_log_dirs != broker->cordoned_log_dirs) {
    auto record = change_of(*broker);
    record.cordoned_log_dirs = request.cordoned_log_dirs;
    d.records.emplace_back(record);
  }
  response.is_caught_up = facts.caught_up;
  response.is_fenced = fenced;
  response.should_shut_down = next == broker_state::shutdown_now;
  return response;
}

wire::unregister_broker_response broker_control::unregister_broker(
    const wire::unregister_broker_request& request, decision& d) {
  wire::unregister_broker_response response;
  const auto* const broker = d.state.broker(request.broker_id);
  if (!broker) {
    d.refuse(response, {error_code::broker_id_not_registered,
                        fmt::format("Broker ID {} is not currently registered", request.broker_id.value)});
    return response;
  }
  move_broker(d, {.leaves = broker->id, .was_shut_down_uncleanly = broker->id});
  wire::unregister_broker_record record;
  record.broker_id = broker->id;
  record.broker_epoch = broker->epoch;
  d.records.emplace_back(record);
  sessions_.forget(broker->id);
  return response;
}

void broker_control::fence(node_id id, decision& d) {
  const auto* const broker = d.state.broker(id);
  if (broker && !broker->fenced) add_fence(*broker, d);
}

offset broker_control::applied_by_all(const image& state, offset limit, node_id but) const {
  auto lowest = limit;
  for (const auto& [id, broker] : state.cluster->brokers)
    if (id != but && broker.alive()) lowest = std::min(lowest, sessions_.applied(id));
  return lowest;
}

wire::allocate_producer_ids_response allocate_producer_ids(const wire::allocate_producer_ids_request& request,
                                                           decision& d) {
  wire::allocate_producer_ids_response response;
  if (auto checked = check_broker_epoch(d.state, request.broker_id, request.broker_epoch); !checked) {
    response.error_code = checked.code();
    return response;
  }
  response.producer_id_start = producer_id(d.state.cluster->next_producer_id);
  response.producer_id_len = producer_ids_per_block;
  wire::producer_ids_record record;
  record.broker_id = request.broker_id;
  record.broker_epoch = request.broker_epoch;
  const auto taken = fires(d.faults, "meta.repeat_producer_ids") ? 0 : producer_ids_per_block;
  record.next_producer_id = producer_id(response.producer_id_start.value + taken);
  d.records.emplace_back(record);
  return response;
}

}  // namespace klamm::broker::meta
