// The producer behind the public one: chooses a partition, puts the record into the accumulator, and reports outcomes.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include <klamm/producer.hpp>

#include "api/engine.hpp"
#include "api/partitioning.hpp"
#include "handoff/accumulator.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

/// Where records wait and who is told of their outcome. Lives as long as the engine: its core drains the accumulator.
class ProducerHost final : public handoff::accumulator_host {
 public:
  explicit ProducerHost(const ProducerOptions& options);
  /// The seal executor first: what it still seals is the accumulator's.
  ~ProducerHost() override { sealing_.reset(); }

  /// Whose delivery it is; null where the producer is gone.
  static std::shared_ptr<ProducerHost> of(const handoff::batch_state& state) {
    return std::static_pointer_cast<ProducerHost>(state.host());
  }

  handoff::accumulator& batches() { return batches_; }
  void connect(const std::shared_ptr<api::engine>& to) { engine_ = to; }
  std::shared_ptr<api::engine> engine() const { return engine_.lock(); }

  void wake() override;
  void seal_elsewhere(unique_function<void()> seal) override;
  void resolved(handoff::state_share batch) override;

 private:
  void report(const handoff::batch_state& batch) const;

  const std::function<void(const BatchReport&)> on_delivery_;
  std::weak_ptr<api::engine> engine_;
  std::once_flag sealing_started_;
  std::optional<net::io_threads> sealing_;
  handoff::accumulator batches_;
};

class ProducerClient {
 public:
  ProducerClient(const ClientOptions& client, const ProducerOptions& options);

  api::engine& engine() { return *engine_; }
  handoff::accumulator& batches() { return host_->batches(); }

  /// `how` is what to do where there is no memory, or no metadata yet.
  Result<Delivery> send(const RecordRef& record, handoff::admission how, handoff::record_callback done = {});
  /// Takes it without waiting: what is wrong comes by the delivery.
  Delivery take(const RecordRef& record);
  /// Whether this is a thread that outcomes come by.
  bool waiting_stops_us() const;
  /// How `send` takes a record here.
  handoff::admission admission_here() const {
    return waiting_stops_us() ? handoff::admission::overdraw : handoff::admission::wait;
  }

  FlushReport flush(Millis timeout);
  Deferred<FlushReport> defer_flush(Millis timeout);
  Deferred<FlushReport> defer_close(Millis deadline);
  bool closed() const { return closed_.load(); }
  /// Lets go of the engine. What is unresolved then fails.
  void end();

 private:
  result<handoff::delivery> accept(const RecordRef& record, handoff::admission how,
                                   handoff::record_callback done);
  std::shared_ptr<const client::topic_view> topic(std::string_view name, handoff::admission how, error& why);
  /// A delivery that has failed already.
  Delivery failed(const topic_partition& at, const error& why) const;

  const ProducerOptions options_;
  std::shared_ptr<ProducerHost> host_;
  std::shared_ptr<api::engine> engine_;
  api::partitioning partitions_;
  std::atomic<bool> closed_{false};
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
