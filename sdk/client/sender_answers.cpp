// What becomes of batches after an answer, and of those of a transaction with its end.
#include <algorithm>

#include <fmt/format.h>

#include "client/produce_answer.hpp"
#include "client/sender.hpp"

namespace klamm::client {
namespace {

error refused(std::string broker, error_code code, std::string_view said) {
  error out(code, fmt::format("the broker {} refused it ({}): {}", broker, name(code),
                              said.empty() ? describe(code) : said));
  out.broker = std::move(broker);
  return out;
}

}  // namespace

void sender::on_answer(node_id node, const std::vector<sent_batch>& batches,
                       answer<wire::produce_response> came, instant now) {
  --in_flight_[node];
  if (!came.got) return on_lost(batches, came.got.failure(), came.maybe_written, now);
  auto& said = *came.got;
  pool_.throttle({node}, said.throttle_time_ms, now);
  for (const auto& n : said.node_endpoints)
    metadata_.broker_heard_of(n.node_id, {std::string(n.host), static_cast<std::uint16_t>(n.port)});

  const said_of_partitions by_partition(said, came.version > produce_by_name);
  const said_of_partition unacknowledged = [] {
    said_of_partition none;
    none.base_offset = offset{};
    return none;
  }();
  for (const auto& b : batches) {
    if (options_.required_acks == acks::none) {
      on_batch(b, node, unacknowledged, now);
      continue;
    }
    if (const auto* const found = by_partition.find(source_.partition(b.slot), b.topic_id))
      on_batch(b, node, *found, now);
    else
      on_lost({b}, {error_code::disconnected, "the broker's answer leaves the partition out"}, true, now);
  }
}

void sender::on_lost(const std::vector<sent_batch>& batches, const error& why, bool maybe_written,
                     instant now) {
  metadata_.stale();
  for (const auto& b : batches) {
    auto* e = at(b.slot).order.settle(b.id);
    if (!e) continue;
    if (maybe_written && fires(faults_, "client.trust_lost_answer")) {
      at(b.slot).order.acknowledge(*e, offset{}, {});
      continue;
    }
    const bool hopeless = !maybe_written && !retriable(why.code) && why.code != error_code::timed_out;
    const auto verdict = hopeless        ? produce_verdict::failed
                         : maybe_written ? produce_verdict::retry_perhaps_written
                                         : produce_verdict::retry;
    decide(b.slot, *e, verdict, why, after_backoff(*e, now));
  }
}

void sender::on_batch(const sent_batch& which, node_id node,
                      const wire::produce_response::partition_produce_response& said, instant now) {
  auto& order = at(which.slot).order;
  auto* e = order.settle(which.id);
  if (!e) return;
  const auto verdict = judge_produce(
      said.error_code, {options_.idempotence, order.comes_first(*e), e->records() > 1, e->part_of != 0});
  if (verdict == produce_verdict::failed && leaves_open(said.error_code)) e->maybe_written = true;
  const auto& tp = source_.partition(which.slot);
  const bool trusted = verdict == produce_verdict::retry && fires(faults_, "client.trust_error_answer");
  if (verdict == produce_verdict::acknowledged || trusted) {
    count_acknowledged(which.slot, *e, now);
    // A duplicate that the broker no longer remembers comes without its offset.
    order.acknowledge(*e, said.base_offset, said.log_append_time_ms);
    return;
  }
  bool moved = false;
  if (refreshes_metadata(said.error_code)) {
    moved = metadata_.leader_moved(tp, said.current_leader.leader_id, said.current_leader.leader_epoch);
    if (!moved) metadata_.stale();
  }
  decide(which.slot, *e, verdict,
         refused(pool_.name_of(node), said.error_code, said.error_message.value_or("")),
         moved ? now.steady : after_backoff(*e, now));
}

time_point sender::after_backoff(const partition_order::entry& e, instant now) {
  return after(now.steady, backoff(connection_.retry, e.attempts, random_));
}

void sender::decide(partition_slot slot, partition_order::entry& e, produce_verdict verdict, const error& why,
                    time_point again) {
  auto& order = at(slot).order;
  e.last_failure = why.message;
  switch (verdict) {
    case produce_verdict::retry: order.retry(e, again, false); break;
    case produce_verdict::retry_perhaps_written:
      if (fires(faults_, "client.resequence_retry"))
        order.renumber(e, again);
      else
        order.retry(e, again, !fires(faults_, "client.forget_unknown_fate"));
      break;
    case produce_verdict::renumber:
      if (transaction_)
        give_up(order, e, why);
      else
        order.renumber(e, again);
      break;
    case produce_verdict::split:
      ++at(slot).counts.splits;
      split(order, e, why);
      break;
    case produce_verdict::failed: give_up(order, e, why); break;
    case produce_verdict::parts_failed:
      order.fail_parts(e, why);
      doom(why, true);
      break;
    case produce_verdict::fatal: return die(why);
    case produce_verdict::acknowledged: break;
  }
  watch_timeout(slot);
  activate(slot);
}

void sender::split(partition_order& order, partition_order::entry& e, const error& why) {
  auto children = e.batch->split(e.batch->sealed().encoded_size() / 2);
  if (!children) return give_up(order, e, why);
  if (fires(faults_, "client.split_backwards")) std::ranges::reverse(*children);
  order.split(e, std::move(*children));
}

void sender::give_up(partition_order& order, partition_order::entry& e, const error& why) {
  order.fail(e, why);
  doom(why, true);
}

// The transaction.

void sender::doom(const error& why, bool gap) {
  if (!transaction_) return;
  if (gap) transaction_->sequences_lost();
  transaction_->doom(why);
}

/// False: nothing may be sent now; what is there, or comes, fails.
bool sender::follow_transaction(instant now) {
  if (transaction_->fatal()) return false;
  identity_ = transaction_->identity();
  const auto refused = transaction_->refusal();
  if (!refused) return true;
  collect(now);
  if (!unresolved()) return false;
  source_.expire(never, never_sent(*refused));
  for (auto& p : partitions_) {
    if (p.order.empty()) continue;
    transaction_->sequences_lost();
    p.order.fail_all(*refused);
  }
  return false;
}

void sender::pump_transaction() {
  using traffic = transaction::traffic;
  auto how = traffic::busy;
  if (transaction_->ending() &&
      std::ranges::all_of(partitions_, [](const partition& p) { return p.order.outstanding() == 0; }))
    how = unresolved() ? traffic::answered : traffic::resolved;
  transaction_->pump(how);
  if (transaction_->fatal()) die(*transaction_->fatal());
}

}  // namespace klamm::client
