#include "api/producer_client.hpp"

#include <utility>

#include "api/convert.hpp"
#include "api/operation.hpp"
#include "handoff/lone_delivery.hpp"
#include "net/system.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {
namespace {

client::producer_options machine_options(const ProducerOptions& o) {
  constexpr client::acks acks[] = {client::acks::none, client::acks::leader, client::acks::all};
  return {.required_acks = acks[static_cast<int>(o.acks)],
          .idempotence = o.idempotence,
          .max_in_flight = o.max_in_flight,
          .max_request_size = o.max_request_size.value,
          .delivery_timeout = api::to_duration(o.delivery_timeout),
          .transactional_id = o.transactional_id,
          .transaction_timeout = api::told_to_brokers(o.transaction_timeout)};
}

Delivery to_public(handoff::delivery&& of) {
  auto* state = reinterpret_cast<BatchState*>(of.batch.detach());
  return Delivery(Shared<BatchState>(state), of.index);
}

FlushReport to_public(const handoff::flush_report& report) {
  FlushReport to{.unresolved = report.unresolved, .failed = report.failed, .first_error = {}};
  if (report.first_error)
    to.first_error =
        api::to_error(*report.first_error, {.operation = "produce to", .partition = report.first_at.get()});
  return to;
}

Error refused(const RecordRef& record, const error& why) {
  const topic_partition at{std::string(record.topic), partition_id(record.partition.value)};
  return api::to_error(why, {.operation = "produce to", .partition = &at});
}

// Held records are in no batch.
FlushReport open_records(const std::shared_ptr<ProducerHost>& host, FlushReport report) {
  report.unresolved += host->held();
  return report;
}

// Not where the executor that the client was given does not run.
error unknown_in_time(api::engine& on) {
  auto answer = std::make_shared<handoff::one_shot<error>>();
  on.post([answer](client::client_core& core, instant, link::net_effects&) {
    answer->set(core.overdue(topic_unknown));
  });
  return answer->wait_for(std::chrono::seconds(1)).value_or(error(error_code::timed_out, topic_unknown));
}

}  // namespace

ProducerClient::ProducerClient(const ClientOptions& client, const ProducerOptions& options,
                               fault_injector* faults)
    : options_(options),
      host_(std::make_shared<ProducerHost>(options, faults)),
      gate_(options.transactional_id.empty() ? gate::plain : gate::transactions) {
  auto core = api::core_options_of(client);
  core.producer = machine_options(options);
  engine_ = std::make_shared<api::engine>(client, std::move(core), host_, &host_->batches(), nullptr);
  host_->connect(engine_);
  engine_->start();
}

ProducerClient* ProducerClient::make(const ClientOptions& client, const ProducerOptions& options,
                                     fault_injector* faults) {
  auto made = std::make_shared<ProducerClient>(client, options, faults);
  auto* const known_by = made.get();
  known_by->self_ = std::move(made);
  return known_by;
}

bool ProducerClient::waiting_stops_us() const {
  return engine_->on_io_thread() || engine_->on_callback_thread();
}

error ProducerClient::why_refused() const {
  if (engine_ && engine_->forked()) return error(error_code::forked);
  switch (gate_.load()) {
    case gate::transactions:
      return {error_code::invalid_txn_state,
              "the producer has a transactional_id: its records are sent by transactions"};
    case gate::plain: return {error_code::invalid_txn_state, "the producer has no transactional_id"};
    case gate::closed: break;
  }
  return error(error_code::closed);
}

result<handoff::delivery> ProducerClient::accept(const RecordRef& record, handoff::admission how,
                                                 handoff::record_callback&& done, gate by) {
  if (gate_ != by || engine_->forked()) return why_refused();
  return options_.on_send ? admit_shown(record, how, std::move(done)) : admit(record, how, std::move(done));
}

// The application's on_send may add headers.
result<handoff::delivery> ProducerClient::admit_shown(const RecordRef& record, handoff::admission how,
                                                      handoff::record_callback&& done) {
  Headers headers;
  record.headers.for_each([&](const HeaderRef& header) { headers.add(header.key, header.value); });
  options_.on_send(record, headers);
  auto more = record;
  more.headers = headers;
  return admit(more, how, std::move(done));
}

result<handoff::delivery> ProducerClient::admit(const RecordRef& record, handoff::admission how,
                                                handoff::record_callback&& done) {
  const auto& board = engine_->snapshots();
  if (auto* const line = host_->find_line(record.topic))
    if (const auto topic = line->glance(board, record.topic); topic.partitions() > 0)
      return host_->append(record, *line, topic, how, std::move(done));
  return admit_first(record, how, std::move(done));
}

// What is not known may have to be waited for.
result<handoff::delivery> ProducerClient::admit_first(const RecordRef& record, handoff::admission how,
                                                      handoff::record_callback&& done) {
  auto view = engine_->snapshots().find(record.topic);
  if (!view || !handoff::snapshot_board::settled(*view)) {
    engine_->post(
        [topic = std::string(record.topic)](client::client_core& core, instant now, link::net_effects& out) {
          core.want_topic(topic, now, out);
        });
    if (how == handoff::admission::overdraw) return host_->hold(record, options_.max_block, std::move(done));
    if (how == handoff::admission::refuse)
      return error(error_code::leader_not_available,
                   "the topic's partitions are not known yet; send waits for them");
    view = engine_->snapshots().wait_for(record.topic, api::to_duration(options_.max_block));
  }
  if (!view) return closed() ? error(error_code::closed) : unknown_in_time(*engine_);
  if (view->error != error_code::none) return error(view->error);
  return host_->append(record, host_->line_of(record.topic), api::topic_glance(*view), how, std::move(done));
}

Result<Delivery> ProducerClient::send(const RecordRef& record, handoff::admission how,
                                      handoff::record_callback&& done, gate by) {
  auto taken = accept(record, how, std::move(done), by);
  if (taken) return to_public(*std::move(taken));
  return refused(record, taken.failure());
}

Delivery ProducerClient::take(const RecordRef& record) {
  auto taken = accept(record, handoff::admission::overdraw, nullptr);
  if (taken) return to_public(*std::move(taken));
  return failed({std::string(record.topic), partition_id(record.partition.value)}, taken.failure());
}

Delivery ProducerClient::failed(const topic_partition& at, const error& why) const {
  handoff::lone_delivery none(std::make_shared<const topic_partition>(at), timestamp(), host_);
  auto outcome = none.outcome_to_come();
  none.resolve(&why, {}, {});
  return to_public(std::move(outcome));
}

FlushReport ProducerClient::flush(Millis timeout) {
  if (engine_->forked()) return {.first_error = engine_->refusal("flush")};
  if (waiting_stops_us()) timeout = Millis(0);
  return open_records(host_, to_public(batches().flush_and_wait(api::to_duration(timeout))));
}

Deferred<FlushReport> ProducerClient::defer_flush(Millis timeout) {
  struct operation final : Deferred<FlushReport>::Operation {
    operation(std::shared_ptr<api::engine> e, std::shared_ptr<ProducerHost> h, Millis t)
        : on(std::move(e)), host(std::move(h)), timeout(t) {}
    void start(Completion<FlushReport> done, std::stop_token stop) override {
      on->refuse_after_fork("flush");
      auto waiting = std::make_shared<api::awaited<FlushReport>>(on, std::move(done));
      waiting->stop_with(std::move(stop));
      waiting->time_out_after(timeout, [host = host] {
        return open_records(host, to_public(host->batches().flush_and_wait(duration::zero())));
      });
      auto& batches = host->batches();
      batches.progress().then(batches.flush(), [waiting, host = host] {
        waiting->answer_by([&] { return to_public(host->batches().progress().report()); });
      });
    }
    const std::shared_ptr<api::engine> on;
    const std::shared_ptr<ProducerHost> host;
    const Millis timeout;
  };
  return Deferred<FlushReport>(std::make_unique<operation>(engine_, host_, timeout));
}

// What waits for its topic, or was sent, has until the deadline; the core fails the rest with `closed`. Callbacks of all that run
// before the report, except where the application runs them itself or this is one.
Deferred<FlushReport> ProducerClient::defer_close(Millis deadline) {
  struct operation final : Deferred<FlushReport>::Operation {
    void start(Completion<FlushReport> done, std::stop_token stop) override {
      on->refuse_after_fork("close");
      auto waiting = std::make_shared<api::awaited<FlushReport>>(on, std::move(done));
      waiting->stop_with(std::move(stop));
      const auto until = klamm::after(net::system_now().steady, api::to_duration(deadline));
      auto flushed = std::make_shared<api::awaited<FlushReport>>(
          on, Completion<FlushReport>(
                  [on = on, host = host, until, waiting, last = last](Result<FlushReport>) {
                    on->snapshots().close();
                    on->post([=](client::client_core& core, instant now, link::net_effects& out) {
                      core.close(
                          until,
                          [=](result<client::close_report>) {
                            auto report = to_public(host->batches().progress().report());
                            if (!last) return waiting->answer(std::move(report));
                            on->call_back(
                                [waiting, report = std::move(report)] { waiting->answer_here(report); });
                          },
                          now, out);
                    });
                  },
                  true));
      flushed->time_out_after(deadline, [] { return FlushReport{}; });
      auto& batches = host->batches();
      batches.progress().then(batches.flush(), [flushed] { flushed->answer(FlushReport{}); });
    }
    std::shared_ptr<api::engine> on;
    std::shared_ptr<ProducerHost> host;
    Millis deadline{};
    bool last = false;  // no callback may come after the report
  };
  gate_ = gate::closed;
  auto made = std::make_unique<operation>();
  made->on = engine_;
  made->host = host_;
  made->deadline = deadline;
  made->last = !engine_->options().callbacks && !engine_->on_callback_thread();
  return Deferred<FlushReport>(std::move(made));
}

void ProducerClient::end() {
  if (!closed() && !engine_->forked())
    engine_->post([](client::client_core& core, instant now, link::net_effects& out) {
      core.close(now.steady, {}, now, out);
    });
  gate_ = gate::closed;
  api::engine::shut_down(std::exchange(engine_, nullptr));
  std::exchange(self_, nullptr).reset();
}

}  // namespace detail
}  // namespace v1
}  // namespace klamm
