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

/// Under this id Kafka's tools compare replicas: each answers for itself, as to a consumer.
constexpr node_id debugging_consumer(-2);

/// Instead of records.
bool says_something_else(const partition_data& data) {
  return data.error_code != error_code::none || data.diverging_epoch.epoch.value >= 0 ||
         data.preferred_read_replica.value >= 0;
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

using reader = link::reply_memory::reader;

/// What one partition has to say, and the batches that it has given so far.
struct fetches::finding {
  partition_data data;
  byte_chain batches;
  offset next;                   // behind them
  std::uint64_t generation = 0;  // of the log that they were read from
  bool again = false;            // is to be looked at by the next request, too
  bool served = false;           // with records
};

struct fetches::operation {
  operation(link::reply_memory& memory, fetching_replica follower)
      : replica(follower), held(memory, follower ? reader::replica : reader::client) {}

  std::uint64_t number = 0;
  link::connection_id from;
  session_ptr session;
  bool full = true, scheduled = false, reading = false, expired = false, failed = false;
  bool dropped = false;   // while it reads: what is read has to have a place
  bool has_more = false;  // than it takes
  bool is_short = false;  // of memory for what it wants
  bool behind = false;    // a follower that knows an older high watermark
  fetching_replica replica;
  std::string rack;  // of a consumer that says it
  isolation level = isolation::read_uncommitted;
  std::size_t min_bytes = 0, max_bytes = 0, bytes = 0;
  link::reply_memory::share held;
  fetch_reply reply;
  std::map<fetch_target*, finding> findings;  // looked up only
  std::vector<fetch_target*> again;           // in the order in which they were looked at

  follower_position position(const fetch_target& of) const {
    return {replica.id, replica.broker_epoch, of.next, of.log_start};
  }
  /// A follower that knows an older high watermark than we do; up to version 17 they do not say.
  bool is_behind(const fetch_target& target) const {
    return replica && target.watched() && target.watched()->high_watermark() > target.high_watermark;
  }
  std::size_t room() const { return max_bytes - std::min(bytes, max_bytes); }
  /// It is answered with what it has.
  void end_full() {
    max_bytes = bytes;
    has_more = true;
  }
  void look_again(fetch_target& target, finding& at) {
    if (!std::exchange(at.again, true)) again.push_back(&target);
  }
  /// Takes back what was read.
  void drop(finding& read) {
    bytes -= read.batches.size();
    read.batches = {};
  }
};

fetches::fetches(replicas& all, link::reply_memory& memory, fetch_limits limits, rng random)
    : all_(all), memory_(memory), limits_(limits), sessions_(limits.sessions, random) {}

fetches::~fetches() = default;

void fetches::fetch(const wire::fetch_request& request, link::connection_id from, fetch_reply reply,
                    instant now) {
  now_ = now;
  hurry(from);
  auto found = sessions_.find(request, from, now);
  if (found.failure != error_code::none) {
    wire::fetch_response refused;
    refused.error_code = found.failure;
    return reply(refused);
  }
  auto op = std::make_shared<operation>(memory_, replica_of(request));
  op->number = next_++;
  op->from = from;
  op->session = std::move(found.session);
  op->full = found.full;
  op->level = request.isolation_level == 1 ? isolation::read_committed : isolation::read_uncommitted;
  op->max_bytes = static_cast<std::size_t>(std::clamp(request.max_bytes, 0, limits_.max_bytes));
  op->min_bytes = std::min(static_cast<std::size_t>(std::max(request.min_bytes, 0)), op->max_bytes);
  op->rack = request.rack_id;
  op->reply = std::move(reply);
  op->session->busy = true;
  op->session->update(request, all_);
  if (op->replica) note_positions(op);
  if (op->session->targets().empty() || request.max_wait_ms <= millis(0) || !sessions_.may_wait(*op->session))
    op->expired = true;
  else
    deadlines_.set(op->number, after(now.steady, request.max_wait_ms));
  operations_.emplace(op->number, op);
  by_connection_.emplace(from, op->number);
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

std::vector<fetches::operation_ptr> fetches::of(link::connection_id from) const {
  std::vector<operation_ptr> found;
  for (auto at = by_connection_.lower_bound({from, 0}); at != by_connection_.end() && at->first == from; ++at)
    found.push_back(operations_.at(at->second));
  return found;
}

void fetches::hurry(link::connection_id from) {
  for (const auto& op : of(from)) {
    op->expired = true;
    if (!op->reading) answer(op);
  }
}

void fetches::drop(link::connection_id from) {
  sessions_.drop(from);
  for (const auto& op : of(from)) {
    op->dropped = true;
    if (!op->reading) release(*op);
  }
}

void fetches::relieve(instant now) {
  now_ = now;
  std::vector<operation_ptr> waiting;
  for (const auto& [number, op] : operations_)
    if (op->bytes > 0 && !op->reading) waiting.push_back(op);
  for (const auto& op : waiting) answer(op);
}

void fetches::round(const operation_ptr& op) {
  op->reading = true;
  while (op->bytes < op->max_bytes || op->bytes == 0) {
    auto* const node = op->session->ready().take_ready();
    if (!node) break;
    if (!read(op, static_cast<fetch_target&>(*node))) return;  // goes on when the disk has answered
  }
  op->reading = false;
  end_round(op);
}

error_code fetches::locate(const operation& op, fetch_target& target) {
  const auto& topic = *target.topic;
  if (!target.watched())
    target.watch(topic.id.is_zero() ? all_.find(topic.name, target.id) : all_.find(topic.id, target.id));
  if (const auto* const p = target.watched()) {
    if (op.replica) return p->check_follower(target.claimed_epoch, op.position(target));
    const bool of_any = !op.rack.empty() || op.replica.id == debugging_consumer;
    return of_any ? p->check_reader(target.claimed_epoch) : p->check_leader(target.claimed_epoch);
  }
  if (all_.offline()) return error_code::kafka_storage_error;
  return topic.id.is_zero() ? error_code::unknown_topic_or_partition : error_code::unknown_topic_id;
}

bool fetches::refuses(const operation& op, fetch_target& target, partition_data& data) {
  data = describe(target);
  data.error_code = locate(op, target);
  if (data.error_code == error_code::none) {
    const auto& p = *target.watched();
    const bool before = target.next < p.log().start();
    if (before || (!diverges(p, target, data) && target.next > p.log().end()))
      data.error_code = error_code::offset_out_of_range;
    else if (limits_.rack_aware && !op.replica && p.leading())
      data.preferred_read_replica = p.leader()->nearest(op.rack, target.next);
  }
  if (data.error_code != error_code::none)
    data.high_watermark = data.last_stable_offset = data.log_start_offset = offset(-1);
  return says_something_else(data);
}

/// A follower asserts anew what every partition of its session has, also of those that the request does not name.
void fetches::note_positions(const operation_ptr& op) {
  partition_data data;
  for (const auto& target : op->session->targets()) {
    if (refuses(*op, *target, data))
      op->session->ready().mark_ready(*target);
    else
      target->watched()->on_follower_fetch(op->position(*target));
  }
}

bool fetches::read(const operation_ptr& op, fetch_target& target) {
  auto& found = op->findings[&target];
  if (refuses(*op, target, found.data)) {
    op->drop(found);
    op->failed = true;              // told at once
    op->look_again(target, found);  // and by the next request, for as long as it is so
    return true;
  }
  if (op->replica && target.watched()->holds_back(op->replica.id)) {
    op->look_again(target, found);
    return true;  // though it is behind: it would ask again at once
  }
  op->behind |= op->is_behind(target);
  auto& log = target.watched()->log();
  // What comes while the fetch waits is read behind what it has, unless the log was cut meanwhile.
  if (found.generation != log.generation()) op->drop(found);
  if (found.batches.empty()) found.next = target.next;
  found.generation = log.generation();
  const auto up_to = op->replica ? log.end() : target.watched()->readable_end(op->level);
  if (found.next >= up_to) return true;
  const auto limit = static_cast<std::size_t>(std::max(target.max_bytes, 0));
  const auto wanted = std::min(op->room(), limit - std::min(found.batches.size(), limit));
  const auto room = op->held.extend(wanted, now_.steady);
  op->is_short = room < wanted;
  if (room == 0 && op->bytes > 0) {
    op->look_again(target, found);
    if (op->is_short) op->end_full();
    return true;
  }
  struct progress {
    bool answered = false, waited_for = false;
  };
  const auto state = std::make_shared<progress>();
  log.read({found.next, up_to, room, op->bytes == 0},
           [this, op, &target, state, up_to](result<log::read_result> read) {
             on_read(*op, target, up_to, std::move(read));
             op->held.set(op->bytes, now_.steady);
             state->answered = true;
             if (state->waited_for) op->dropped ? release(*op) : round(op);
           });
  state->waited_for = !state->answered;
  return state->answered;
}

void fetches::on_read(operation& op, fetch_target& target, offset up_to, result<log::read_result> read) {
  auto& found = op.findings.at(&target);
  op.look_again(target, found);  // there may be more, or no room for it
  if (!read) {
    op.drop(found);
    found.data.error_code = read.code();
    op.failed = true;
    return;
  }
  if (read->generation != found.generation) {  // cut while the read waited: the next request begins anew
    op.drop(found);
    op.failed = true;
    return;
  }
  op.bytes += read->batches.size();
  found.served = found.served || !read->batches.empty();
  if (op.is_short && read->batches.empty()) op.end_full();  // others would be read in vain, too
  found.batches.append(read->batches);
  found.next = read->next;
  if (found.next < up_to && found.batches.size() < static_cast<std::size_t>(std::max(target.max_bytes, 0)))
    op.has_more = true;
  if (op.level != isolation::read_committed || !target.watched()) {
    found.data.aborted_transactions = std::nullopt;
    return;
  }
  auto& aborted = found.data.aborted_transactions.emplace();
  for (const auto& txn : target.watched()->log().aborted_in(target.next, found.next)) {
    auto& to = aborted.emplace_back();
    to.producer_id = txn.producer_id;
    to.first_offset = txn.first_offset;
  }
}

void fetches::end_round(const operation_ptr& op) {
  if (op->expired || op->failed || op->has_more || op->behind || op->bytes >= op->min_bytes) answer(op);
}

void fetches::answer(const operation_ptr& op) {
  wire::fetch_response response;
  response.session_id = op->session->id();
  const topic_key* last = nullptr;
  for (const auto& target : op->session->targets()) {
    const auto found = op->findings.find(target.get());
    const bool moved = op->is_behind(*target) || target->is_news();
    const bool known = found != op->findings.end();
    const bool news = known && (!found->second.batches.empty() || says_something_else(found->second.data));
    if (!op->full && !moved && !news) continue;
    auto data = known ? std::move(found->second.data) : describe(*target);
    if (known && op->replica && target->watched()) target->watched()->on_given(found->second.batches.size());
    // Kafka's clients expect no records, not null.
    data.records = known ? wire::records_field(std::move(found->second.batches)) : wire::records_field();
    target->told(data);
    if (!last || *last != *target->topic) {
      auto& topic = response.responses.emplace_back();
      topic.topic = target->topic->name;
      topic.topic_id = target->topic->id;
      last = target->topic.get();
    }
    response.responses.back().partitions.push_back(std::move(data));
  }
  release(*op);
  op->reply(response);
}

/// Its session is free for the next request, which looks again at what this one did not get.
void fetches::release(operation& op) {
  deadlines_.erase(op.number);
  operations_.erase(op.number);
  by_connection_.erase({op.from, op.number});
  op.session->busy = false;
  op.session->ready().set_wake(nullptr);
  // Those that found no room come first then: or the same would have it again.
  if (op.room() == 0)
    std::ranges::stable_partition(op.again, [&](auto* target) { return !op.findings.at(target).served; });
  for (auto* const target : op.again) op.session->ready().mark_ready(*target);
}

}  // namespace klamm::broker::replica
