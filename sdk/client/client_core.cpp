#include <algorithm>

#include "client/client_core_parts.hpp"

namespace klamm::client {
namespace {

/// Each round sends at most one request to each broker and lane; more than this is a fault of ours, not a busy client.
constexpr int most_rounds = 1000;

}  // namespace

client_core::parts::parts(core_options o, core_neighbours n, rng seed)
    : options(std::move(o)),
      pool(options.connection, seed.fork(), n.log),
      known(options.connection, options.producer.has_value(), pool, n.snapshots, seed.fork()),
      requests(options.connection, pool, known, seed.fork()),
      offsets(requests),
      leaders(options.connection, pool, known, seed.fork()),
      lookup(options.consumer ? options.consumer->level : isolation::read_uncommitted, leaders),
      admin(requests, leaders, offsets, completions),
      absent(n.log),
      told(n.measurements) {
  if (options.producer && !options.producer->transactional_id.empty())
    transactions.emplace(*options.producer, pool, requests, completions, n.log);
  if (options.producer && n.batches)
    producer.emplace(*options.producer, options.connection, pool, known, *n.batches, n.log, seed.fork(),
                     n.faults, transactions ? &*transactions : nullptr);
  if (options.consumer && n.fetches)
    consumer.emplace(*options.consumer, options.connection, pool, known, requests, offsets, lookup,
                     *n.fetches, completions, seed.fork(), n.faults);
  if (options.push_metrics && (producer || consumer))
    pushes.emplace(options.connection, pool, completions, telemetry_source(), seed.fork(), n.log);
}

/// Who asks comes before who is asked, so that nothing asked for waits for the next event. True: outcomes were told, and who
/// asked for them may go on, or there is more to be sent.
bool client_core::parts::pump_machines(instant now, link::net_effects& out) {
  if (consumer) consumer->pump(now);
  bool told = producer && producer->pump(now);
  if (pushes) pushes->pump(now);
  told = requests.pump(now) || told;
  told = leaders.pump(now) || told;
  known.pump(now, out);
  return told;
}

void client_core::parts::settle(instant now, link::net_effects& out) {
  if (closed) return;
  pool.pump(now, out);
  for (int round = 0; round < most_rounds; ++round) {
    const bool told = pump_machines(now, out);
    const auto decided = out.size();
    const bool ran = pool.pump(now, out);
    // A consumer asks a connection for one thing at a time: for the next once that is sent.
    const bool asks_on = consumer && out.size() != decided;
    if (!ran && !told && !asks_on) break;
  }
  if (consumer) absent.look(known.now_known(), consumer->assigned());
  if (close) go_on_closing(now, out);
  tell_measurements(now);
  set_deadline(now.steady);
}

/// A machine that could go on now would have: what it waits for is in the future, or is not time.
void client_core::parts::set_deadline(time_point now) {
  next = never;
  const auto wait = [&](time_point at) {
    if (at > now) next = std::min(next, at);
  };
  wait(known.deadline());
  wait(requests.deadline());
  wait(leaders.deadline());
  if (producer) wait(producer->deadline());
  if (consumer) wait(consumer->deadline(now));
  if (pushes) wait(pushes->deadline());
  if (close) wait(close->deadline);
  wait(next_measurement);
}

void client_core::parts::go_on_closing(instant now, link::net_effects& out) {
  const bool sent = !producer || producer->idle();
  const bool late = now.steady >= close->deadline;
  if (!late && (!sent || !close->left || !pushed_last(now, out))) return;
  const error why{error_code::closed, "the client is closed"};
  if (producer) producer->shut(why);
  if (pushes) pushes->shut(why);
  if (!close->left) close->report.left_group = false;
  closed = true;
  if (told) told->over();
  auto done = std::move(close->done);
  const auto report = close->report;
  // Requests that are still out end here, and with them what waits for their outcome.
  pool.close_all(why, now, out);
  requests.fail_all(why, now);
  leaders.fail_all(why, now);
  close.reset();
  completions.post(std::move(done), result<close_report>(report));
}

client_core::client_core(core_options options, core_neighbours neighbours, std::uint64_t seed)
    : parts_(std::make_unique<parts>(std::move(options), neighbours, rng(seed))) {}
client_core::~client_core() = default;

mutable_bytes client_core::read_buffer(link::connection_id id) { return parts_->pool.read_buffer(id); }

void client_core::on(const link::net_event& event, instant now, link::net_effects& out) {
  if (parts_->closed) return;
  // An answer may come in hundreds of pieces, of which each would have the machines look at all that they have.
  const bool changed = parts_->pool.on(event, now, out);
  if (changed || deadline() <= now.steady) parts_->settle(now, out);
}

time_point client_core::deadline() const {
  return parts_->closed ? never : std::min(parts_->next, parts_->pool.deadline());
}

completion_queue& client_core::completions() { return parts_->completions; }

void client_core::start(instant now, link::net_effects& out) {
  parts_->begin(now);
  if (parts_->producer) parts_->producer->start(now);
  if (parts_->transactions) parts_->transactions->start();
  parts_->settle(now, out);
}

void client_core::want_topic(std::string_view topic, instant now, link::net_effects& out) {
  parts_->known.want(topic, now);
  parts_->settle(now, out);
}

error client_core::overdue(std::string_view what) const { return parts_->pool.overdue(what); }

void client_core::close(time_point deadline, completion<close_report> done, instant now,
                        link::net_effects& out) {
  if (parts_->closed || parts_->close)
    return parts_->completions.post(std::move(done), result<close_report>(close_report{}));
  if (parts_->transactions) parts_->transactions->close();
  auto& c = parts_->close.emplace();
  c.deadline = deadline;
  c.done = std::move(done);
  if (parts_->consumer)
    parts_->consumer->leave(
        deadline,
        [p = parts_.get()](result<void> left, instant) {
          if (!p->close) return;
          p->close->left = true;
          p->close->report.left_group = left.has_value();
          if (!left) p->close->report.first_error = left.failure();
        },
        now);
  else
    c.left = true;
  parts_->settle(now, out);
}

// Transactions.

template <class T>
bool client_core::has_transactions(completion<T>& done) {
  if (parts_->transactions) return true;
  parts_->completions.post(std::move(done),
                           result<T>(error(error_code::invalid_options,
                                           "this producer has no transactional_id, and so no transactions")));
  return false;
}

void client_core::begin_transaction(completion<std::uint64_t> done, instant now, link::net_effects& out) {
  if (has_transactions(done)) parts_->transactions->begin(std::move(done));
  parts_->settle(now, out);
}

void client_core::send_offsets(std::uint64_t transaction, group_places what, completion<void> done,
                               instant now, link::net_effects& out) {
  if (auto why = unfit(what.offsets))
    parts_->completions.post(std::move(done), result<void>(*std::move(why)));
  else if (has_transactions(done))
    parts_->transactions->send_offsets(transaction, std::move(what), std::move(done));
  parts_->settle(now, out);
}

void client_core::end_transaction(std::uint64_t transaction, bool commit, completion<bool> done, instant now,
                                  link::net_effects& out) {
  if (has_transactions(done)) parts_->transactions->end(transaction, commit, std::move(done));
  parts_->settle(now, out);
}

void client_core::doom_transaction(const error& why, instant now, link::net_effects& out) {
  if (parts_->transactions) parts_->transactions->doom(why);
  parts_->settle(now, out);
}

committer client_core::group_identity() const {
  return parts_->consumer ? parts_->consumer->identity() : committer{};
}

void client_core::records_ready(instant now, link::net_effects& out) { parts_->settle(now, out); }

}  // namespace klamm::client
