#include "client/sender.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "client/produce_answer.hpp"
#include "client/requester.hpp"

namespace klamm::client {
namespace {

/// The last epoch that is used: 32767 is left for the broker to fence with.
constexpr std::int16_t last_epoch = 32766;
constexpr std::size_t partition_overhead = 32;

error overdue(std::string_view what, const broker_pool& pool) {
  auto why = fmt::format("not acknowledged within delivery_timeout: {}", what);
  if (const auto unreachable = pool.unreachable_broker(); !unreachable.empty())
    why.append("; ").append(unreachable);
  return {error_code::delivery_timeout, std::move(why)};
}

time_point minus(time_point at, duration d) {
  return at < time_point::min() + d ? time_point::min() : at - d;
}

}  // namespace

sender::sender(const producer_options& options, const connection_options& connection, broker_pool& pool,
               metadata& known, batch_source& source, log_sink& log, rng random, fault_injector* faults,
               transaction* in)
    : options_(options),
      connection_(connection),
      pool_(pool),
      metadata_(known),
      source_(source),
      log_(log),
      random_(random),
      faults_(faults),
      transaction_(in) {}

bool sender::pump(instant now) {
  if (fatal_) return false;
  if (transaction_ && !follow_transaction(now)) {
    pump_transaction();
    return false;
  }
  expire(now);
  collect(now);
  next_retry_ = never;
  if (options_.idempotence && !identity_.idempotent()) {
    ask_identity(now);
    return false;
  }
  const bool more = send_ready(now);
  if (transaction_) pump_transaction();
  return more;
}

bool sender::send_ready(instant now) {
  std::erase_if(active_, [this](partition_slot slot) {
    auto& p = at(slot);
    p.active = has_work(p);
    return !p.active;
  });
  by_leader_.clear();
  for (const auto slot : active_) {
    locate(slot, now);
    if (at(slot).leader.value >= 0) by_leader_.emplace_back(at(slot).leader, slot);
  }
  std::ranges::sort(by_leader_);
  bool more = false;
  for (std::span rest(by_leader_); !rest.empty();) {
    const auto node = rest.front().first;
    const auto others = std::ranges::find_if(rest, [&](const auto& one) { return one.first != node; });
    const auto its = rest.first(static_cast<std::size_t>(others - rest.begin()));
    rest = rest.subspan(its.size());
    if (in_flight_[node] < options_.max_in_flight && pool_.can_send({node}, now.steady))
      more = send_to(node, its, now) || more;
  }
  return more;
}

time_point sender::deadline() const {
  if (fatal_) return never;
  auto out = std::min({timeouts_.next(), next_retry_, source_.next_linger(),
                       after(source_.oldest_opened(), options_.delivery_timeout)});
  if (options_.idempotence && !identity_.idempotent() && !asking_identity_ && !transaction_)
    out = std::min(out, identity_retry_.at());
  return out;
}

bool sender::unresolved() const {
  return source_.oldest_opened() != never ||
         std::ranges::any_of(partitions_, [](const partition& p) { return !p.order.empty(); });
}

bool sender::idle() const { return !unresolved() && (!transaction_ || transaction_->idle()); }

void sender::shut(const error& why) {
  if (transaction_) transaction_->shut(why);
  source_.shut(never_sent(why));
  for (auto& p : partitions_) p.order.fail_all(why);
  active_.clear();
  fatal_ = why;
}

// What there is to do.

void sender::collect(instant now) {
  collected_.clear();
  source_.collect_ready(now.steady, collected_);
  for (const auto slot : collected_) {
    if (std::cmp_greater_equal(slot.value, partitions_.size()))
      partitions_.resize(static_cast<std::size_t>(slot.value) + 1);
    at(slot).ready = true;
    activate(slot);
    metadata_.want(source_.partition(slot).topic, now);
  }
}

void sender::activate(partition_slot slot) {
  if (!std::exchange(at(slot).active, true)) active_.push_back(slot);
}

void sender::locate(partition_slot slot, instant now) {
  auto& p = at(slot);
  const auto& known = metadata_.now_known();
  if (p.leader_of_version == known.version) return;
  p.leader_of_version = known.version;
  p.leader = node_id{};
  const auto& name = source_.partition(slot);
  metadata_.want(name.topic, now);
  const auto* topic = known.find(name.topic);
  if (!topic) return;
  if (topic->error != error_code::none && !retriable(topic->error)) {
    const error why(topic->error);
    source_.fail(slot, never_sent(why));
    doom(why, !p.order.empty());
    p.ready = false;
    p.leader_of_version = 0;  // what is appended from now on, or comes back, fails as soon as it is seen
    if (p.order.outstanding() == 0) p.order.fail_all(why);
    return;
  }
  const auto* partition = topic->find(name.partition);
  if (partition && partition->available())
    p.leader = partition->leader;
  else
    metadata_.stale();
  p.topic_id = topic->id;
}

error sender::never_sent(error why) {
  why.maybe_written = false;
  return why;
}

void sender::expire(instant now) {
  const auto limit = minus(now.steady, options_.delivery_timeout);
  if (source_.oldest_opened() <= limit) {
    const auto why = never_sent(overdue("it was never sent, no leader took it", pool_));
    source_.expire(limit, why);
    doom(why, false);
  }
  while (const auto slot = timeouts_.pop_due(now.steady)) {
    const auto why = overdue("it was sent, and no broker said in time that it has it", pool_);
    if (at(*slot).order.expire(limit, why)) doom(why, true);
    watch_timeout(*slot);
  }
}

// A batch that is resolved leaves its deadline behind: what it is then is looked up when it has come.
void sender::watch_timeout(partition_slot slot) {
  if (timeouts_.contains(slot)) return;
  timeouts_.set(slot, after(at(slot).order.oldest_opened(), options_.delivery_timeout));
}

// Who the producer is.

void sender::ask_identity(instant now) {
  if (!options_.idempotence || asking_identity_ || !identity_retry_.due(now.steady)) return;
  asking_identity_ = true;
  auto make = [](api_version) {
    wire::init_producer_id_request request;
    request.transactional_id.reset();
    request.transaction_timeout_ms = millis(INT32_MAX);
    return request;
  };
  pool_.call(any_broker, make_call<wire::init_producer_id_request>(
                             make,
                             [this](answer<wire::init_producer_id_response> came, instant at) {
                               on_identity(std::move(came), at);
                             },
                             after(now.steady, connection_.request_timeout), init_producer_id_cap));
}

void sender::on_identity(answer<wire::init_producer_id_response> came, instant now) {
  asking_identity_ = false;
  const auto code = came.got ? came.got->error_code : came.got.code();
  if (code == error_code::none) {
    identity_ = {came.got->producer_id, came.got->producer_epoch};
    identity_retry_.succeeded();
    return;
  }
  if (worth_retrying(code)) return identity_retry_.failed(connection_.retry, random_, now.steady);
  if (code == error_code::closed) return;
  const auto detail = came.got ? std::string(describe(code)) : came.got.failure().message;
  die({code, fmt::format("no producer id (InitProducerId answered {}): {}", name(code), detail)});
}

void sender::raise_epoch(instant now) {
  if (transaction_) return;  // it is doomed, and the epoch is raised with its end
  if (identity_.epoch.value < last_epoch) {
    ++identity_.epoch.value;
    return;
  }
  identity_ = {};
  ask_identity(now);
}

void sender::die(const error& why) {
  if (log_.wants(log_level::error)) log_.write(log_level::error, "sender", why.message);
  shut(why);
}

// Sending.

/// Precondition: the slots ascend. They are others each time: whose turn it is has a name, not a place among them.
bool sender::send_to(node_id node, std::span<const led_partition> led, instant now) {
  request_plan plan;
  bool more = false;
  const auto first = static_cast<std::size_t>(
      std::ranges::lower_bound(led, turn_[node], {}, &led_partition::second) - led.begin());
  for (std::size_t i = 0; i < led.size(); ++i) {
    const auto slot = led[(first + i) % led.size()].second;
    auto* e = next_batch(slot, now);
    if (!e) continue;
    const auto size = e->batch->sealed().encoded_size() + partition_overhead;
    if (plan.bytes > 0 && plan.bytes + size > options_.max_request_size) {
      turn_[node] = slot;
      more = true;
      break;
    }
    plan.bytes += size;
    put(plan, slot, *e);
    more = more || has_work(at(slot));
  }
  if (plan.batches.empty()) return false;
  submit(node, std::move(plan), now);
  return more;
}

/// The partition's batch whose turn it is: one that waits, or else a new one.
partition_order::entry* sender::next_batch(partition_slot slot, instant now) {
  auto& p = at(slot);
  auto& order = p.order;
  if (order.needs_new_epoch() && order.outstanding() == 0 && order.identity() == identity_) raise_epoch(now);
  if (options_.idempotence && !identity_.idempotent()) return nullptr;
  order.adopt(identity_);
  if (auto* e = order.next_to_send(options_.max_in_flight)) {
    if (e->retry_at <= now.steady) return e;
    next_retry_ = std::min(next_retry_, e->retry_at);
    return nullptr;
  }
  if (!p.ready || !order.has_room(options_.max_in_flight)) return nullptr;
  if (transaction_ && !transaction_->admits(slot, source_.partition(slot))) return nullptr;
  auto batch = source_.drain(slot);
  p.ready = source_.front_bytes(slot) > 0;
  if (!batch) return nullptr;
  auto& e = order.add(std::move(batch));
  count_drained(slot, e, now);
  watch_timeout(slot);
  return &e;
}

void sender::put(request_plan& plan, partition_slot slot, partition_order::entry& e) {
  auto& p = at(slot);
  const auto& name = source_.partition(slot);
  const auto [topic, fresh] = plan.topic_at.try_emplace(name.topic, plan.message.topic_data.size());
  if (fresh) {
    auto& t = plan.message.topic_data.emplace_back();
    t.name = name.topic;
    t.topic_id = p.topic_id;
    plan.all_have_ids = plan.all_have_ids && !p.topic_id.is_zero();
  }
  auto& data = plan.message.topic_data[topic->second].partition_data.emplace_back();
  data.index = name.partition;
  wire::batch_stamp stamp;
  stamp.producer_id = p.order.identity().id;
  stamp.producer_epoch = p.order.identity().epoch;
  stamp.base_sequence = e.base;
  stamp.transactional = transaction_ != nullptr;
  data.records = wire::records_field(wire::stamped(e.batch->sealed(), stamp));
  if (e.attempts > 0) ++p.counts.retries;
  p.order.sent(e);
  plan.batches.push_back({slot, e.id, p.topic_id});
}

void sender::submit(node_id node, request_plan plan, instant now) {
  plan.message.acks = static_cast<std::int16_t>(options_.required_acks);
  plan.message.timeout_ms = std::chrono::duration_cast<millis>(connection_.request_timeout);
  ++in_flight_[node];
  auto cap = plan.all_have_ids ? api_version{INT16_MAX} : produce_by_name;
  if (transaction_) {
    transaction_->sending();
    plan.message.transactional_id = options_.transactional_id;
    cap = std::min(cap, transaction_->produce_cap());
  }
  auto make = [message = std::move(plan.message)](api_version) mutable { return std::move(message); };
  auto done = [this, node, batches = std::move(plan.batches)](answer<wire::produce_response> came,
                                                              instant at) {
    on_answer(node, batches, std::move(came), at);
  };
  pool_.call({node}, make_call<wire::produce_request>(std::move(make), std::move(done),
                                                      after(now.steady, connection_.request_timeout), cap,
                                                      options_.required_acks != acks::none));
}

}  // namespace klamm::client
