#include <utility>

#include <klamm/producer.hpp>

#include "api/convert.hpp"
#include "api/instance_id.hpp"
#include "api/operation.hpp"
#include "api/option_table.hpp"
#include "api/producer_client.hpp"

namespace klamm {
inline namespace v1 {
namespace {

handoff::batch_state* state_of(detail::BatchState* state) {
  return reinterpret_cast<handoff::batch_state*>(state);
}

Result<RecordMetadata> to_public(const handoff::record_outcome& outcome) {
  if (outcome.failure)
    return api::to_error(*outcome.failure, {.operation = "produce to", .partition = &outcome.at});
  return RecordMetadata{.topic = outcome.at.topic,
                        .partition = Partition(outcome.at.partition.value),
                        .offset = Offset(outcome.offset.value),
                        .timestamp = Timestamp(Millis(outcome.timestamp.value))};
}

}  // namespace

namespace detail {

void retain(BatchState* state) noexcept { state_of(state)->retain(); }
void release(BatchState* state) noexcept { state_of(state)->release(); }

void destroy(ProducerClient* client) noexcept {
  auto* const last = client;
  auto& engine = last->engine();
  if (!last->closed() && !engine.refusal("close")) {
    const auto& options = engine.options();
    const auto report =
        api::wait_for_close(engine, last->defer_close(options.close_timeout), options.close_timeout);
    if (options.log && (!report || !*report))
      options.log({.level = LogEvent::error,
                   .where = "producer",
                   .what = !report               ? report.error().message()
                           : report->first_error ? report->first_error->message()
                                                 : "closed with unresolved records"});
  }
  last->end();
}

}  // namespace detail

// A batch that is open has its producer: what it leaves behind is resolved.
Result<RecordMetadata> Delivery::get(as_result_t) noexcept {
  const auto* state = state_of(batch_.get());
  if (!state->resolved()) {
    if (const auto host = detail::ProducerHost::of(*state)) {
      if (const auto engine = host->engine())
        if (auto refused = engine->refusal("wait for a delivery")) return *std::move(refused);
      host->batches().hurry(*state);
    }
    state->wait();
  }
  return to_public(state->outcome(index_));
}
bool Delivery::ready() const noexcept { return state_of(batch_.get())->resolved(); }

// Those awaited together share their batch: unlike get(), this leaves the linger alone.
void Delivery::start(detail::Completion<RecordMetadata> done, std::stop_token stop) {
  auto* state = state_of(batch_.get());
  const auto host = detail::ProducerHost::of(*state);
  auto engine = host ? host->engine() : nullptr;
  if (engine) engine->refuse_after_fork("wait for a delivery");
  auto waiting = std::make_shared<api::awaited<RecordMetadata>>(std::move(engine), std::move(done));
  waiting->stop_with(std::move(stop));
  handoff::record_callback told = [waiting](const handoff::record_outcome& outcome) {
    waiting->answer_here(to_public(outcome));
  };
  if (!state->when_resolved(index_, told)) waiting->answer(to_public(state->outcome(index_)));
}

Result<Producer> Producer::create(ClientOptions client, ProducerOptions options) {
  api::option_set all{std::move(client), std::move(options), {}};
  if (auto faults = api::check_options(api::client_kind::producer, all); !faults.empty())
    return ConfigError(std::move(faults)).error();
  using owner = std::unique_ptr<detail::ProducerClient, detail::Destroy>;
  return Producer(owner(detail::ProducerClient::make(all.client, all.producer)));
}

Result<Delivery> Producer::send(const RecordRef& record, as_result_t) noexcept {
  return client_->send(record, client_->admission_here());
}
Result<Delivery> Producer::try_send(const RecordRef& record) noexcept {
  return client_->send(record, handoff::admission::refuse);
}

Result<void> Producer::send_then(const RecordRef& record, detail::Completion<RecordMetadata> done) {
  auto sent = client_->send(
      record, client_->admission_here(),
      [done = std::move(done)](const handoff::record_outcome& outcome) mutable { done(to_public(outcome)); });
  return sent ? Result<void>() : Result<void>(sent.error());
}

Delivery Producer::take(const RecordRef& record) noexcept { return client_->take(record); }

void Producer::send_batch(std::span<const RecordRef> records) {
  for (const auto& record : records) send(record);
}

FlushReport Producer::flush(Millis timeout) noexcept { return client_->flush(timeout); }

Result<Metrics> Producer::metrics(as_result_t) const noexcept { return client_->engine().metrics(); }
Result<std::string> Producer::client_instance_id(Millis timeout, as_result_t) const noexcept {
  return api::wait_for(client_->engine(), api::instance_id_of_client, defer_client_instance_id(timeout));
}
detail::Deferred<std::string> Producer::defer_client_instance_id(Millis timeout) const {
  return api::defer_instance_id(client_->shared_engine(), timeout);
}

FlushReport Producer::close(Millis deadline) noexcept {
  if (client_->closed()) return {};
  if (auto refused = client_->engine().refusal("close")) return {.first_error = std::move(refused)};
  auto report = api::wait_for_close(client_->engine(), defer_close(deadline), deadline);
  return report ? *std::move(report) : FlushReport{.first_error = report.error()};
}

Result<Transaction> Producer::begin_transaction(as_result_t) noexcept {
  return api::wait_for(client_->engine(), "begin a transaction", client_->defer_begin({}));
}
Result<Transaction> Producer::begin_transaction(Consumer& consumer, as_result_t) noexcept {
  return api::wait_for(client_->engine(), "begin a transaction",
                       client_->defer_begin(api::bound_consumer::of(consumer)));
}
detail::Deferred<Transaction> Producer::defer_begin(Consumer* bound) {
  return client_->defer_begin(bound ? std::optional(api::bound_consumer::of(*bound)) : std::nullopt);
}

detail::Deferred<FlushReport> Producer::defer_flush(Millis timeout) { return client_->defer_flush(timeout); }
detail::Deferred<FlushReport> Producer::defer_close(Millis deadline) {
  return client_->defer_close(deadline);
}

}  // namespace v1
}  // namespace klamm
