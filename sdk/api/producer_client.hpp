// The producer behind the public one: chooses a partition, puts the record into the accumulator, and reports outcomes.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include <klamm/producer.hpp>

#include "api/engine.hpp"
#include "api/producer_host.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

class ProducerClient {
 public:
  /// Precondition: the options were checked. `faults` are a test's.
  ProducerClient(const ClientOptions& client, const ProducerOptions& options,
                 fault_injector* faults = nullptr);

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
  result<handoff::delivery> admit(const RecordRef& record, handoff::admission how,
                                  handoff::record_callback done);
  result<handoff::delivery> admit_first(const RecordRef& record, handoff::admission how,
                                        handoff::record_callback done);
  result<handoff::delivery> accept(const RecordRef& record, handoff::admission how,
                                   handoff::record_callback done);
  /// A delivery that has failed already.
  Delivery failed(const topic_partition& at, const error& why) const;

  const ProducerOptions options_;
  std::shared_ptr<ProducerHost> host_;
  std::shared_ptr<api::engine> engine_;
  std::atomic<bool> closed_{false};
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
