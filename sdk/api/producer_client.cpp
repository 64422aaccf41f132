#include "api/producer_client.hpp"

#include <array>
#include <utility>

#include <asio/post.hpp>

#include "api/convert.hpp"
#include "api/operation.hpp"
#include "handoff/lone_delivery.hpp"
#include "net/system.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {
namespace {

handoff::accumulator_options accumulator_options_of(const ProducerOptions& o) {
  handoff::accumulator_options to;
  to.batch_size = o.batch_size.value;
  to.compression = {static_cast<wire::codec>(o.compression.codec), o.compression.level};
  to.linger = api::to_duration(o.linger);
  to.max_request_size = o.max_request_size.value;
  to.buffer_memory = o.buffer_memory.value;
  return to;
}

client::producer_options machine_options(const ProducerOptions& o) {
  constexpr client::acks acks[] = {client::acks::none, client::acks::leader, client::acks::all};
  return {.required_acks = acks[static_cast<int>(o.acks)],
          .idempotence = o.idempotence,
          .max_in_flight = o.max_in_flight,
          .max_request_size = o.max_request_size.value,
          .delivery_timeout = api::to_duration(o.delivery_timeout)};
}

wire::nullable_bytes to_internal(BytesView bytes) {
  return bytes.is_null() ? wire::nullable_bytes() : wire::nullable_bytes(bytes.bytes());
}

// The record's headers in the builder's form: on the stack when there are few.
class header_list {
 public:
  explicit header_list(const HeadersRef& headers) {
    if (headers.size() > few_.size()) many_.reserve(headers.size());
    headers.for_each([this](const HeaderRef& header) { add({header.key, to_internal(header.value)}); });
  }
  std::span<const wire::header_ref> view() const {
    return many_.empty() ? std::span<const wire::header_ref>(few_.data(), used_)
                         : std::span<const wire::header_ref>(many_);
  }

 private:
  void add(const wire::header_ref& header) {
    if (many_.capacity() > 0)
      many_.push_back(header);
    else
      few_[used_++] = header;
  }
  std::array<wire::header_ref, 8> few_{};
  std::size_t used_ = 0;
  std::vector<wire::header_ref> many_;
};

Delivery to_public(handoff::delivery of) {
  auto* state = reinterpret_cast<BatchState*>(of.batch.detach());
  return Delivery(Shared<BatchState>(state), of.index);
}

FlushReport to_public(handoff::flush_report report, std::string_view what) {
  FlushReport to{.unresolved = report.unresolved, .failed = report.failed, .first_error = {}};
  if (report.first_error) to.first_error = api::to_error(*report.first_error, {.operation = what});
  return to;
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  net::system_entropy().fill({reinterpret_cast<std::byte*>(&seed), sizeof seed});
  return seed;
}

}  // namespace

ProducerHost::ProducerHost(const ProducerOptions& options)
    : on_delivery_(options.on_delivery), batches_(accumulator_options_of(options), *this) {}

void ProducerHost::wake() {
  if (const auto to = engine_.lock())
    to->post(
        [](client::client_core& core, instant now, link::net_effects& out) { core.records_ready(now, out); });
}

// The engine is kept meanwhile, so that it cannot end under the batch.
void ProducerHost::seal_elsewhere(unique_function<void()> seal) {
  std::call_once(sealing_started_, [this] { sealing_.emplace(1); });
  asio::post(sealing_->next(), [keep = engine(), seal = std::move(seal)]() mutable { seal(); });
}

void ProducerHost::resolved(handoff::state_share batch) {
  const auto to = engine();
  if (!to || (!batch->has_callbacks() && !on_delivery_)) return;
  auto self = std::static_pointer_cast<ProducerHost>(shared_from_this());
  to->call_back([self = std::move(self), batch = std::move(batch)] {
    batch->run_callbacks();
    if (self->on_delivery_) self->report(*batch);
  });
}

void ProducerHost::report(const handoff::batch_state& batch) const {
  const auto [failed, why] = batch.failures();
  std::optional<Error> error;
  if (why) error = api::to_error(*why, {.operation = "produce to", .partition = &batch.at()});
  on_delivery_({.at = api::to_public(batch.at()),
                .first = Offset(failed == 0 ? batch.outcome(0).offset.value : -1),
                .records = batch.record_count(),
                .error = error ? &*error : nullptr});
}

ProducerClient::ProducerClient(const ClientOptions& client, const ProducerOptions& options)
    : options_(options),
      host_(std::make_shared<ProducerHost>(options)),
      partitions_(options.partitioner, options.batch_size.value, random_seed()) {
  auto core = api::core_options_of(client);
  core.producer = machine_options(options);
  engine_ = std::make_shared<api::engine>(client, std::move(core), host_, &host_->batches(), nullptr);
  host_->connect(engine_);
  engine_->start();
}

bool ProducerClient::waiting_stops_us() const {
  return engine_->on_io_thread() || engine_->on_callback_thread();
}

// The topic's partitions; the first record of a topic waits for them.
std::shared_ptr<const client::topic_view> ProducerClient::topic(std::string_view name, handoff::admission how,
                                                                error& why) {
  auto found = engine_->snapshots().find(name);
  if (!found || !handoff::snapshot_board::settled(*found)) {
    engine_->post([topic = std::string(name)](client::client_core& core, instant now,
                                              link::net_effects& out) { core.want_topic(topic, now, out); });
    if (how == handoff::admission::wait)
      found = engine_->snapshots().wait_for(name, api::to_duration(options_.max_block));
  }
  if (found && !found->partitions.empty()) return found;
  if (found && found->error != error_code::none)
    why = error(found->error);
  else if (closed_)
    why = error(error_code::closed);
  else if (how == handoff::admission::wait)
    why = error(error_code::timed_out, "no broker told the topic's partitions within max_block");
  else
    why = error(error_code::leader_not_available,
                "the topic's partitions are not known yet; send waits for them");
  return nullptr;
}

result<handoff::delivery> ProducerClient::accept(const RecordRef& record, handoff::admission how,
                                                 handoff::record_callback done) {
  if (engine_->forked()) return error(error_code::forked);
  if (closed_) return error(error_code::closed);
  error why;
  const auto view = topic(record.topic, how, why);
  if (!view) return why;
  const auto chosen = partitions_.choose(record, *view);
  if (!chosen) return chosen.failure();

  std::optional<Headers> more;
  if (options_.on_send) {
    more.emplace();
    record.headers.for_each([&](const HeaderRef& header) { more->add(header.key, header.value); });
    options_.on_send(record, *more);
  }
  const header_list headers(more ? HeadersRef(*more) : record.headers);
  const auto now = net::system_now();
  const auto stamp = record.timestamp ? timestamp(record.timestamp->time_since_epoch().count()) : now.wall;
  const auto slot = batches().slot_of({std::string(record.topic), *chosen});
  return batches().append(slot,
                          {.timestamp = stamp,
                           .key = to_internal(record.key),
                           .value = to_internal(record.value),
                           .headers = headers.view()},
                          now.steady, how, api::to_duration(options_.max_block), std::move(done));
}

Result<Delivery> ProducerClient::send(const RecordRef& record, handoff::admission how,
                                      handoff::record_callback done) {
  auto taken = accept(record, how, std::move(done));
  if (taken) return to_public(*std::move(taken));
  const topic_partition at{std::string(record.topic), partition_id(record.partition.value)};
  return api::to_error(taken.failure(), {.operation = "produce to", .partition = &at});
}

Delivery ProducerClient::take(const RecordRef& record) {
  auto taken = accept(record, handoff::admission::overdraw, {});
  if (taken) return to_public(*std::move(taken));
  return failed({std::string(record.topic), partition_id(record.partition.value)}, taken.failure());
}

Delivery ProducerClient::failed(const topic_partition& at, const error& why) const {
  handoff::lone_delivery none(at, timestamp(), host_);
  auto outcome = none.outcome_to_come();
  none.resolve(&why, {}, {});
  return to_public(std::move(outcome));
}

FlushReport ProducerClient::flush(Millis timeout) {
  if (engine_->forked()) return {.first_error = engine_->refusal("flush")};
  if (waiting_stops_us()) timeout = Millis(0);
  return to_public(batches().flush_and_wait(api::to_duration(timeout)), "flush");
}

Deferred<FlushReport> ProducerClient::defer_flush(Millis timeout) {
  struct operation final : Deferred<FlushReport>::Operation {
    operation(std::shared_ptr<api::engine> e, std::shared_ptr<ProducerHost> h, Millis t)
        : on(std::move(e)), host(std::move(h)), timeout(t) {}
    void start(Completion<FlushReport> done, std::stop_token stop) override {
      auto waiting = std::make_shared<api::awaited<FlushReport>>(on, std::move(done));
      waiting->stop_with(std::move(stop));
      waiting->time_out_after(timeout, [host = host] {
        return to_public(host->batches().flush_and_wait(duration::zero()), "flush");
      });
      auto& batches = host->batches();
      batches.progress().then(batches.flush(), [waiting](handoff::flush_report report) {
        waiting->answer(to_public(std::move(report), "flush"));
      });
    }
    const std::shared_ptr<api::engine> on;
    const std::shared_ptr<ProducerHost> host;
    const Millis timeout;
  };
  return Deferred<FlushReport>(std::make_unique<operation>(engine_, host_, timeout));
}

// The core sends what it can until the deadline, and fails the rest with `closed`; then everything is resolved.
Deferred<FlushReport> ProducerClient::defer_close(Millis deadline) {
  closed_ = true;
  engine_->snapshots().close();
  batches().flush();
  const auto until = klamm::after(net::system_now().steady, api::to_duration(deadline));
  return api::defer<FlushReport, client::close_report>(
      engine_, "close",
      [until](client::client_core& core, client::completion<client::close_report> done, instant now,
              link::net_effects& out) { core.close(until, std::move(done), now, out); },
      [host = host_](result<client::close_report>) {
        return to_public(host->batches().progress().report(), "close");
      });
}

void ProducerClient::end() {
  if (!closed_ && !engine_->forked())
    engine_->post([](client::client_core& core, instant now, link::net_effects& out) {
      core.close(now.steady, {}, now, out);
    });
  api::engine::shut_down(std::exchange(engine_, nullptr));
}

}  // namespace detail
}  // namespace v1
}  // namespace klamm
