#include "broker/replica/fetches.hpp"

#include <algorithm>
#include <set>

namespace klamm::broker::replica {
namespace {

using partition_data = wire::fetch_response::partition_data;

/// What is said of a partition besides its records.
partition_data describe(const fetch_target& target) {
  partition_data data;
  data.partition_index = target.id;
  if (const auto* const p = target.watched()) {
    data.high_watermark = p->high_watermark();
    data.last_stable_offset = p->readable_end(isolation::read_committed);
    data.log_start_offset = p->log().start();
  } else {
    data.high_watermark = offset(-1);
  }
  return data;
}

/// Whether the client's log parts from ours before where it wants to go on (KIP-595, KIP-320).
bool diverges(const partition& p, const fetch_target& target, partition_data& data) {
  if (target.last_fetched_epoch.value < 0) return false;
  const auto end = p.log().end_for_epoch(target.last_fetched_epoch);
  if (end.epoch.value < 0) {
    data.error_code = error_code::offset_out_of_range;  // as Kafka: an epoch that this log has not heard of
    return true;
  }
  if (end.epoch == target.last_fetched_epoch && end.end >= target.next) return false;
  data.diverging_epoch.epoch = end.epoch;
  data.diverging_epoch.end_offset = end.end;
  return true;
}

}  // namespace

struct fetches::operation {
  std::uint64_t number = 0;
  session_ptr session;
  bool full = true, scheduled = false, reading = false, expired = false, failed = false;
  isolation level = isolation::read_uncommitted;
  std::size_t min_bytes = 0, max_bytes = 0, bytes = 0;
  fetch_reply reply;
  std::map<fetch_target*, partition_data> results;  // looked up only
  std::vector<fetch_target*> again;                 // became ready once more after they were read
};

fetches::fetches(replicas& all, fetch_limits limits, rng random)
    : all_(all), limits_(limits), sessions_(limits.session_slots, random) {}

fetches::~fetches() = default;

void fetches::fetch(const wire::fetch_request& request, fetch_reply reply, instant now) {
  now_ = now;
  auto found = sessions_.find(request, now);
  if (found.failure != error_code::none) {
    wire::fetch_response refused;
    refused.error_code = found.failure;
    return reply(refused);
  }
  auto op = std::make_shared<operation>();
  op->number = next_++;
  op->session = std::move(found.session);
  op->full = found.full;
  op->level = request.isolation_level == 1 ? isolation::read_committed : isolation::read_uncommitted;
  op->min_bytes = static_cast<std::size_t>(std::max(request.min_bytes, 0));
  op->max_bytes = static_cast<std::size_t>(std::clamp(request.max_bytes, 0, limits_.max_bytes));
  op->reply = std::move(reply);
  op->session->busy = true;
  op->session->update(request, all_);
  if (op->session->targets().empty() || request.max_wait_ms <= millis(0))
    op->expired = true;
  else
    deadlines_.set(op->number, after(now.steady, request.max_wait_ms));
  operations_.emplace(op->number, op);
  op->session->ready().set_wake([this, weak = std::weak_ptr(op)] {
    if (const auto waiting = weak.lock()) schedule(waiting);
  });
  round(op);
}

void fetches::schedule(const operation_ptr& op) {
  if (op->scheduled || op->reading) return;
  op->scheduled = true;
  due_.push_back(op->number);
}

void fetches::run(instant now) {
  now_ = now;
  while (!due_.empty()) {
    const auto found = operations_.find(due_.front());
    due_.pop_front();
    if (found == operations_.end()) continue;
    const auto op = found->second;
    op->scheduled = false;
    round(op);
  }
}

void fetches::tick(instant now) {
  now_ = now;
  while (const auto due = deadlines_.pop_due(now.steady)) {
    const auto op = operations_.at(*due);
    op->expired = true;
    if (!op->reading) answer(op);
  }
}

void fetches::round(const operation_ptr& op) {
  op->reading = true;
  while (op->bytes < op->max_bytes || op->bytes == 0) {
    auto* const node = op->session->ready().take_ready();
    if (!node) break;
    auto& target = static_cast<fetch_target&>(*node);
    if (const auto known = op->results.find(&target); known != op->results.end() && known->second.records) {
      op->again.push_back(&target);
      continue;
    }
    if (!read(op, target)) return;  // goes on when the disk has answered
  }
  op->reading = false;
  end_round(op);
}

error_code fetches::locate(fetch_target& target) {
  const auto& topic = *target.topic;
  if (!target.watched())
    target.watch(topic.id.is_zero() ? all_.find(topic.name, target.id) : all_.find(topic.id, target.id));
  if (const auto* const p = target.watched()) return p->check_leader(target.claimed_epoch);
  if (all_.offline()) return error_code::kafka_storage_error;
  return topic.id.is_zero() ? error_code::unknown_topic_or_partition : error_code::unknown_topic_id;
}

bool fetches::read(const operation_ptr& op, fetch_target& target) {
  const auto failure = locate(target);
  auto data = describe(target);
  data.error_code = failure;
  if (failure == error_code::none) {
    const auto& p = *target.watched();
    const bool before = target.next < p.log().start();
    if (before || (!diverges(p, target, data) && target.next > p.log().end()))
      data.error_code = error_code::offset_out_of_range;
  }
  const bool refused = data.error_code != error_code::none || data.diverging_epoch.epoch.value >= 0;
  if (refused) {
    op->failed = true;             // told at once
    op->again.push_back(&target);  // and by the next request, for as long as it is so
  }
  const auto up_to = target.watched() ? target.watched()->readable_end(op->level) : offset(0);
  const bool nothing = refused || target.next >= up_to;
  op->results.insert_or_assign(&target, std::move(data));
  if (nothing) return true;
  const auto room = std::min(op->max_bytes - std::min(op->bytes, op->max_bytes),
                             static_cast<std::size_t>(std::max(target.max_bytes, 0)));
  struct progress {
    bool answered = false, waited_for = false;
  };
  const auto state = std::make_shared<progress>();
  target.watched()->log().read({target.next, up_to, room, op->bytes == 0},
                               [this, op, &target, state](result<log::read_result> read) {
                                 on_read(*op, target, std::move(read));
                                 state->answered = true;
                                 if (state->waited_for) round(op);
                               });
  state->waited_for = !state->answered;
  return state->answered;
}

void fetches::on_read(operation& op, fetch_target& target, result<log::read_result> read) {
  auto& data = op.results.at(&target);
  if (!read) {
    data.error_code = read.code();
    op.failed = true;
    op.again.push_back(&target);
    return;
  }
  if (read->batches.empty()) {  // no room for one batch: next time it is the first to be asked
    if (op.bytes > 0) op.again.push_back(&target);
    return;
  }
  op.bytes += read->batches.size();
  if (op.level == isolation::read_committed && target.watched()) {
    auto& aborted = data.aborted_transactions.emplace();
    for (const auto& txn : target.watched()->log().aborted_in(target.next, read->next)) {
      auto& to = aborted.emplace_back();
      to.producer_id = txn.producer_id;
      to.first_offset = txn.first_offset;
    }
  } else {
    data.aborted_transactions = std::nullopt;
  }
  data.records = wire::records_field(std::move(read->batches));
  op.again.push_back(&target);  // there may be more
}

void fetches::end_round(const operation_ptr& op) {
  if (op->expired || op->failed || op->bytes >= op->min_bytes) answer(op);
}

void fetches::answer(const operation_ptr& op) {
  wire::fetch_response response;
  response.session_id = op->session->id();
  const topic_key* last = nullptr;
  for (const auto& target : op->session->targets()) {
    const auto found = op->results.find(target.get());
    const bool moved =
        target->watched() && (target->told_high_watermark != target->watched()->high_watermark() ||
                              target->told_start != target->watched()->log().start());
    const bool news = found != op->results.end() &&
                      (found->second.records || found->second.error_code != error_code::none ||
                       found->second.diverging_epoch.epoch.value >= 0);
    if (!op->full && !moved && !news) continue;
    auto data = found != op->results.end() ? std::move(found->second) : describe(*target);
    if (!data.records) data.records.emplace();  // Kafka's clients expect no records, not null
    target->told_high_watermark = data.high_watermark;
    target->told_start = data.log_start_offset;
    if (!last || *last != *target->topic) {
      auto& topic = response.responses.emplace_back();
      topic.topic = target->topic->name;
      topic.topic_id = target->topic->id;
      last = target->topic.get();
    }
    response.responses.back().partitions.push_back(std::move(data));
  }
  deadlines_.erase(op->number);
  operations_.erase(op->number);
  op->session->busy = false;
  op->session->ready().set_wake(nullptr);
  for (auto* const target : op->again) op->session->ready().mark_ready(*target);
  op->reply(response);
}

}  // namespace klamm::broker::replica
