// The producer behind the public one: chooses a partition, puts the record into the accumulator, and reports outcomes.
#pragma once

#include <atomic>
#include <memory>
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

  handoff::accumulator& batches() { return batches_; }
  void connect(const std::shared_ptr<api::engine>& to) { engine_ = to; }

  void wake() override;
  void seal_elsewhere(unique_function<void()> seal) override;
  void resolved(handoff::state_share batch) override;

 private:
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
  /// `wait`, or `overdraw` on the threads that a wait would stop.
  handoff::admission admission_here() const;

  FlushReport flush(Millis timeout);
  Deferred<FlushReport> defer_flush(Millis timeout);
  Deferred<FlushReport> defer_close(Millis deadline);
  bool closed() const { return closed_.load(); }
  void end();

 private:
  std::shared_ptr<const client::topic_view> topic(std::string_view name, handoff::admission how, error& why);

  const ProducerOptions options_;
  std::shared_ptr<ProducerHost> host_;
  std::shared_ptr<api::engine> engine_;
  api::partitioning partitions_;
  std::atomic<bool> closed_{false};
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
