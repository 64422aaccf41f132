#include "client/fetcher.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::client {
namespace {

/// The last version that names topics; a session uses ids for all of its topics or for none (KIP-516).
constexpr api_version last_fetch_by_name = 12;

error damaged(const topic_partition& at, offset from) {
  return {
      error_code::corrupt_message,
      fmt::format("what the broker has of \"{}\" partition {} from offset {} on is damaged; seek past it to "
                  "go on",
                  at.topic, at.partition.value, from.value)};
}

error cannot_fetch(const topic_partition& at, error_code code) {
  return {code, fmt::format("cannot fetch \"{}\" partition {}: the broker answered {} ({})", at.topic,
                            at.partition.value, name(code), describe(code))};
}

/// One request for these, whatever session there is beside it (KIP-227: epoch -1).
fetch_plan without_session(fetch_asks asks) {
  const bool by_id = all_have_ids(asks);
  return {0, -1, std::move(asks), {}, by_id};
}

std::vector<aborted_transaction> aborted_in(const wire::fetch_response::partition_data& said) {
  std::vector<aborted_transaction> out;
  if (said.aborted_transactions)
    for (const auto& t : *said.aborted_transactions) out.push_back({t.producer_id, t.first_offset});
  return out;
}

}  // namespace

void fetcher::pump(instant now) {
  next_try_ = never;
  auto by_broker = wanted(now);
  hungry_brokers_ = std::max<std::size_t>(1, by_broker.size());
  for (auto& [node, asks] : by_broker) {
    auto& broker = brokers_[node];
    if (!broker.retry.due(now.steady)) {
      next_try_ = std::min(next_try_, broker.retry.at());
      continue;
    }
    if (!broker.held.out)
      hold(node, std::move(asks), now);
    else if (!broker.look.out)
      look(node, not_held(broker, asks), now);
  }
}

/// What is hungry, by the broker that it is read from. Empty where there is no room.
std::map<node_id, fetch_asks> fetcher::wanted(instant now) {
  std::map<node_id, fetch_asks> out;
  if (free_room() == 0) return out;
  topic_in_turn in_turn;
  const auto hungry = sink_.hungry();
  auto next = hungry.begin();
  for (auto& [at, p] : positions_.all()) {
    while (next != hungry.end() && **next < at) ++next;
    if (next == hungry.end()) break;
    if (p.at != assigned_partition::phase::fetch || p.paused || **next != at) continue;
    if (!p.retry.due(now.steady)) {
      next_try_ = std::min(next_try_, p.retry.at());
      continue;
    }
    if (in_turn.turns_to(at.topic)) {
      metadata_.want(at.topic, now);
      in_turn.found(metadata_.now_known().find(at.topic));
    }
    const auto* const topic = in_turn.view();
    const auto* const partition = topic ? topic->find(at.partition) : nullptr;
    if (topic && topic->error != error_code::none && !retriable(topic->error)) {
      positions_.stop(at, cannot_fetch(at, topic->error));
      continue;
    }
    if (!partition || !partition->available()) continue;
    const auto from = p.nearest.read_from(*partition, metadata_.now_known(), now.steady);
    auto& asks = out[from];
    asks.emplace_hint(asks.end(), at,
                      fetch_ask{topic->id, p.position, partition->leader_epoch, p.record_epoch,
                                options_.partition_fetch_bytes, p.epoch});
  }
  return out;
}

std::size_t fetcher::free_room() const {
  std::size_t reserved = 0;
  for (const auto& [node, broker] : brokers_) reserved += broker.held.reserved + broker.look.reserved;
  const auto room = sink_.room();
  return room > reserved ? room - reserved : 0;
}

/// No broker gets so much that there is nothing left for another, and none more than it may send.
std::size_t fetcher::room_for(const fetch_asks& asks) const {
  const auto most = asks.size() * static_cast<std::size_t>(options_.partition_fetch_bytes);
  return std::min({free_room(), std::max<std::size_t>(1, sink_.room() / hungry_brokers_), most,
                   static_cast<std::size_t>(options_.fetch_max_bytes)});
}

/// What the request that is out does not ask for, at least not from there, and what a look may still find.
fetch_asks fetcher::not_held(const broker_state& of, const fetch_asks& wanted) const {
  fetch_asks out;
  for (const auto& [at, ask] : wanted) {
    const auto held = of.held.asks.find(at);
    if (held != of.held.asks.end() && held->second.from == ask.from) continue;
    const auto looked = of.looked.find(at);
    if (looked == of.looked.end() || looked->second != ask.from) out.emplace_hint(out.end(), at, ask);
  }
  return out;
}

void fetcher::hold(node_id node, fetch_asks asks, instant now) {
  auto& broker = brokers_[node];
  if (room_for(asks) == 0 || !pool_.can_send({node, lane::fetch}, now.steady)) return;
  broker.held.asks = std::move(asks);
  broker.looked.clear();
  auto plan = broker.session.next(broker.held.asks);
  if (plan.epoch > 0 && fires(faults_, "client.keep_session_place")) plan.ask.clear();
  send({node, lane::fetch}, &broker_state::held, std::move(plan), options_.fetch_max_wait, now);
}

void fetcher::look(node_id node, fetch_asks asks, instant now) {
  auto& broker = brokers_[node];
  if (asks.empty() || room_for(asks) == 0 || !pool_.can_send({node}, now.steady)) return;
  for (const auto& [at, ask] : asks) broker.looked[at] = ask.from;
  broker.look.asks = asks;
  send({node}, &broker_state::look, without_session(std::move(asks)), duration(0), now);
}

void fetcher::send(destination to, asking broker_state::* as, fetch_plan plan, duration wait, instant now) {
  auto& asked = brokers_[to.node].*as;
  const auto room = room_for(asked.asks);
  asked.out = true;
  asked.since = now.steady;
  asked.reserved = room;
  const bool by_id = plan.by_id;
  const auto rack = rack_for(asked.asks, now.steady);
  auto make = [this, plan = std::move(plan), room, wait, rack](api_version) {
    return make_request(plan, room, wait, rack);
  };
  auto done = [this, to, by_id](answer<response> came, instant at) {
    if (to.lane == lane::fetch)
      on_held(to.node, by_id, std::move(came), at);
    else
      on_look(to.node, by_id, std::move(came), at);
  };
  pool_.call(to, make_call<wire::fetch_request>(std::move(make), std::move(done),
                                                after(now.steady, connection_.request_timeout + wait),
                                                by_id ? api_version{INT16_MAX} : last_fetch_by_name));
}

std::string_view fetcher::rack_for(const fetch_asks& asks, time_point now) const {
  const bool welcome = !options_.rack.empty() && std::ranges::all_of(asks, [&](const auto& ask) {
    return positions_.all().at(ask.first).nearest.welcome(now);
  });
  return welcome ? options_.rack : std::string_view();
}

wire::fetch_request fetcher::make_request(const fetch_plan& plan, std::size_t room, duration wait,
                                          std::string_view rack) const {
  wire::fetch_request out;
  out.replica_id = node_id(-1);
  out.max_wait_ms = std::chrono::duration_cast<millis>(wait);
  out.min_bytes = options_.fetch_min_bytes;
  out.max_bytes = static_cast<std::int32_t>(room);
  out.isolation_level = static_cast<std::int8_t>(options_.level);
  out.session_id = plan.session_id;
  out.session_epoch = plan.epoch;
  out.rack_id = rack;
  for (const auto& [at, ask] : plan.ask) {
    if (out.topics.empty() || out.topics.back().topic != at.topic) {
      auto& topic = out.topics.emplace_back();
      topic.topic = at.topic;
      topic.topic_id = ask.topic_id;
    }
    auto& partition = out.topics.back().partitions.emplace_back();
    partition.partition = at.partition;
    partition.current_leader_epoch = ask.current_epoch;
    partition.fetch_offset = ask.from;
    partition.last_fetched_epoch = ask.last_fetched_epoch;
    partition.partition_max_bytes = ask.max_bytes;
  }
  for (const auto& [at, id] : plan.forget) {
    auto& forgotten = out.forgotten_topics_data.emplace_back();
    forgotten.topic = at.topic;
    forgotten.topic_id = id;
    forgotten.partitions.push_back(at.partition);
  }
  return out;
}

void fetcher::on_held(node_id node, bool by_id, answer<response> came, instant now) {
  auto& broker = brokers_[node];
  auto asked = std::exchange(broker.held, {});
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (code != error_code::none) {
    if (!fires(faults_, "client.keep_broken_session")) broker.session.failed(code);
    if (code == error_code::unsupported_version ||
        code == error_code::invalid_request)  // nor will the next one do
      for (const auto& [at, ask] : asked.asks)
        positions_.stop(at, came.got ? error(code) : came.got.failure());
    broker.retry.failed(connection_.retry, random_, now.steady);
    for (const auto& [at, ask] : asked.asks)
      if (auto* p = positions_.find(at)) p->nearest.failed_at(node, now.steady);
    if (refreshes_metadata(code) || !came.got) metadata_.stale();
    return;
  }
  broker.retry.succeeded();
  count_answer(asked, now.steady);
  pool_.throttle({node, lane::fetch}, came.got->throttle_time_ms, now);
  // Before version 7 there are no sessions, and the answer has none.
  broker.session.answered(came.got->session_id);
  on_topics(node, std::move(asked), by_id, came, now);
}

/// A look that failed is not repeated: the request that is out, or the next one, will say the same.
void fetcher::on_look(node_id node, bool by_id, answer<response> came, instant now) {
  auto asked = std::exchange(brokers_[node].look, {});
  if (!came.got || came.got->error_code != error_code::none) return;
  count_answer(asked, now.steady);
  pool_.throttle({node}, came.got->throttle_time_ms, now);
  on_topics(node, std::move(asked), by_id, came, now);
}

void fetcher::count_answer(const asking& asked, time_point now) {
  ++fetches_;
  latency_.add(now - asked.since, now);
}

measured_consumer fetcher::measure(time_point now) const {
  measured_consumer out;
  out.fetches = fetches_;
  out.records = records_;
  out.bytes = bytes_;
  out.fetch_latency = latency_.summary(now);
  return out;
}

void fetcher::on_topics(node_id node, asking asked, bool by_id, const answer<response>& came, instant now) {
  for (const auto& n : came.got->node_endpoints)
    metadata_.broker_heard_of(n.node_id, {std::string(n.host), static_cast<std::uint16_t>(n.port)});
  std::map<uuid, std::string> names;
  if (by_id && came.version > last_fetch_by_name)
    for (const auto& [at, ask] : asked.asks) names.try_emplace(ask.topic_id, at.topic);
  for (const auto& topic : came.got->responses) {
    topic_partition at{names.empty() ? std::string(topic.topic) : names[topic.topic_id], {}};
    for (const auto& said : topic.partitions) {
      at.partition = said.partition_index;
      // One that is named twice, or that nobody asked for, is passed over.
      const auto ask = asked.asks.extract(at);
      if (!ask.empty()) on_partition(node, at, ask.mapped(), said, now);
    }
  }
}

void fetcher::on_partition(node_id node, const topic_partition& at, const fetch_ask& asked,
                           const response::partition_data& said, instant now) {
  auto* p = positions_.find(at);
  if (!p || p->at != assigned_partition::phase::fetch) return;
  const bool over = p->epoch != asked.life || p->position != asked.from;
  if (over && !fires(faults_, "client.take_stale_fetch")) return;
  if (said.error_code != error_code::none) return on_error(node, at, *p, said, now);
  p->retry.succeeded();
  if (said.preferred_read_replica.value >= 0)
    on_nearer(node, at, *p, said.preferred_read_replica, now.steady);
  if (said.diverging_epoch.epoch.value >= 0)
    return positions_.truncated(at, said.diverging_epoch.epoch, said.diverging_epoch.end_offset);
  on_records(at, *p, said);
}

/// Only the leader's word counts, and only of another: who is told to go on from one to the next would never read.
void fetcher::on_nearer(node_id leader, const topic_partition& at, assigned_partition& p, node_id nearer,
                        time_point now) {
  const auto* topic = metadata_.now_known().find(at.topic);
  const auto* partition = topic ? topic->find(at.partition) : nullptr;
  if (!partition || partition->leader != leader || nearer == leader) return;
  p.nearest.told(nearer, partition->leader_epoch, after(now, connection_.metadata_max_age));
}

void fetcher::on_records(const topic_partition& at, assigned_partition& p,
                         const response::partition_data& said) {
  const auto records = said.records ? said.records->joined() : buffer_slice{};
  auto chosen = select_batches(
      records, p.position,
      options_.level == isolation::read_committed ? aborted_in(said) : std::vector<aborted_transaction>{});
  if (chosen.batches.size() > 1 && fires(faults_, "client.drop_fetched_batch")) chosen.batches.pop_back();
  if (chosen.next > p.position) {
    fetched_run run{at,
                    p.epoch,
                    p.position,
                    chosen.next,
                    std::move(chosen.batches),
                    records.size(),
                    said.high_watermark,
                    said.last_stable_offset,
                    said.log_start_offset,
                    chosen.last_epoch,
                    chosen.count};
    p.records += chosen.count;
    records_ += chosen.count;
    p.bytes += chosen.bytes;
    bytes_ += chosen.bytes;
    p.position = chosen.next;
    if (chosen.last_epoch.value >= 0) p.record_epoch = chosen.last_epoch;
    sink_.deliver(std::move(run));
  } else {
    sink_.watermarks(at, said.high_watermark, said.last_stable_offset, said.log_start_offset);
  }
  if (chosen.damage != error_code::none) positions_.stop(at, damaged(at, p.position));
}

void fetcher::on_error(node_id node, const topic_partition& at, assigned_partition& p,
                       const response::partition_data& said, instant now) {
  // Whatever a nearer replica says, an offset out of its range too: the leader knows.
  if (p.nearest.failed_at(node, now.steady)) {
    if (refreshes_metadata(said.error_code)) metadata_.stale();
    return;
  }
  if (said.error_code == error_code::offset_out_of_range) return positions_.out_of_range(at, now);
  // Retriable to a producer. A reader would be told the same of the same log for ever.
  if (said.error_code == error_code::corrupt_message) return positions_.stop(at, damaged(at, p.position));
  if (!retriable(said.error_code) && said.error_code != error_code::unknown_server_error)
    return positions_.stop(at, cannot_fetch(at, said.error_code));
  const bool moved =
      metadata_.leader_moved(at, said.current_leader.leader_id, said.current_leader.leader_epoch);
  if (moved) return;
  if (refreshes_metadata(said.error_code)) {
    if (fires(faults_, "client.reset_where_leader_moved")) return positions_.out_of_range(at, now);
    if (fires(faults_, "client.stay_with_old_leader")) return;
  }
  if (fires(faults_, "client.skip_what_failed")) p.position = offset(p.position.value + 1);
  if (refreshes_metadata(said.error_code) || said.error_code == error_code::unknown_leader_epoch)
    metadata_.stale();
  p.retry.failed(connection_.retry, random_, now.steady);
}

}  // namespace klamm::client
