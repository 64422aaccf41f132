#include "api/producer_client.hpp"

#include <array>
#include <utility>

#include <asio/post.hpp>

#include "api/convert.hpp"
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
    return many_.empty() ? std::span<const wire::header_ref>(few_.data(), used_) : std::span<const wire::header_ref>(many_);
  }

 private:
  void add(const wire::header_ref& header) {
    if (many_.capacity() > 0) many_.push_back(header);
    else few_[used_++] = header;
  }
  std::array<wire::header_ref, 8> few_{};
  std::size_t used_ = 0;
  std::vector<wire::header_ref> many_;
};

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
    to->post([](client::client_core& core, instant now, link::net_effects& out) { core.records_ready(now, out); });
}

void ProducerHost::seal_elsewhere(unique_function<void()> seal) {
  std::call_once(sealing_started_, [this] { sealing_.emplace(1); });
  asio::post(sealing_->next(), [seal = std::move(seal)]() mutable { seal(); });
}

void ProducerHost::resolved(handoff::state_share batch) {
  const auto to = engine_.lock();
  if (!to || (!batch->has_callbacks() && !on_delivery_)) return;
  to->call_back([batch = std::move(batch), report = on_delivery_] {
    batch->run_callbacks();
    if (!report) return;
    const auto [failed, why] = batch->failures();
    std::optional<Error> error;
    if (why) error = api::to_error(*why, {.operation = "produce to", .partition = &batch->at()});
    report({.at = api::to_public(batch->at()),
            .first = Offset(failed == 0 ? batch->outcome(0).offset.value : -1),
            .records = batch->record_count(),
            .error = error ? &*error : nullptr});
  });
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

handoff::admission ProducerClient::admission_here() const {
  const bool waiting_stops_us = engine_->on_io_thread() || engine_->on_callback_thread();
  return waiting_stops_us ? handoff::admission::overdraw : handoff::admission::wait;
}

// The topic's partitions; the first record of a topic waits for them.
std::shared_ptr<const client::topic_view> ProducerClient::topic(std::string_view name, handoff::admission how, error& why) {
  auto found = engine_->snapshots().find(name);
  if (!found) {
    engine_->post([topic = std::string(name)](client::client_core& core, instant now, link::net_effects& out) {
      core.want_topic(topic, now, out);
    });
    if (how == handoff::admission::wait) found = engine_->snapshots().wait_for(name, api::to_duration(options_.max_block));
  }
  if (found && !found->partitions.empty()) return found;
  if (found && found->error != error_code::none) why = error(found->error);
  else if (closed_) why = error(error_code::closed);
  else if (how == handoff::admission::wait) why = error(error_code::timed_out, "no broker told the topic's partitions within max_block");
  else why = error(error_code::leader_not_available, "the topic's partitions are not known yet; send waits for them");
  return nullptr;
}

Result<Delivery> ProducerClient::send(const RecordRef& record, handoff::admission how, handoff::record_callback done) {
  const auto failed = [&](const error& why) {
    const topic_partition at{std::string(record.topic), partition_id(record.partition.value)};
    return api::to_error(why, {.operation = "produce to", .partition = &at});
  };
  if (engine_->forked()) return failed(error(error_code::forked));
  if (closed_) return failed(error(error_code::closed));
  error why;
  const auto view = topic(record.topic, how, why);
  if (!view) return failed(why);
  const auto chosen = partitions_.choose(record, *view);
  if (!chosen) return failed(chosen.failure());

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
  auto taken = batches().append(slot,
                                {.timestamp = stamp, .key = to_internal(record.key), .value = to_internal(record.value),
                                 .headers = headers.view()},
                                now.steady, how, api::to_duration(options_.max_block), std::move(done));
  if (!taken) return failed(taken.failure());
  auto* state = reinterpret_cast<BatchState*>(taken->batch.detach());
  return Delivery(Shared<BatchState>(state), taken->index);
}

FlushReport ProducerClient::flush(Millis timeout) {
  if (engine_->forked() || admission_here() == handoff::admission::overdraw) timeout = Millis(0);
  return to_public(batches().flush_and_wait(api::to_duration(timeout)), "flush");
}

Deferred<FlushReport> ProducerClient::defer_flush(Millis) {
  struct operation final : Deferred<FlushReport>::Operation {
    operation(std::shared_ptr<api::engine> e, std::shared_ptr<ProducerHost> h) : on(std::move(e)), host(std::move(h)) {}
    void start(Completion<FlushReport> done, std::stop_token) override {
      auto held = std::make_shared<Completion<FlushReport>>(std::move(done));
      auto& batches = host->batches();
      batches.progress().then(batches.flush(), [held, on = on](handoff::flush_report report) {
        on->complete(std::move(*held), Result<FlushReport>(to_public(std::move(report), "flush")));
      });
    }
    std::shared_ptr<api::engine> on;
    std::shared_ptr<ProducerHost> host;
  };
  return Deferred<FlushReport>(std::make_unique<operation>(engine_, host_));
}

// The core sends what it can until the deadline, and fails the rest with `closed`; then everything is resolved.
Deferred<FlushReport> ProducerClient::defer_close(Millis deadline) {
  closed_ = true;
  engine_->snapshots().close();
  batches().flush();
  const auto until = klamm::after(net::system_now().steady, api::to_duration(deadline));
  return api::defer<FlushReport, client::close_report>(
      engine_, "close",
      [until](client::client_core& core, client::completion<client::close_report> done, instant now, link::net_effects& out) {
        core.close(until, std::move(done), now, out);
      },
      [host = host_](result<client::close_report>) { return to_public(host->batches().progress().report(), "close"); });
}

void ProducerClient::end() {
  batches().shut(error(error_code::closed));
  api::engine::shut_down(std::exchange(engine_, nullptr));
}

}  // namespace detail
}  // namespace v1
}  // namespace klamm
