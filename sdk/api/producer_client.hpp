// The producer behind the public one: chooses a partition, puts the record into the accumulator, and reports outcomes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include <klamm/producer.hpp>

#include "api/bound_consumer.hpp"
#include "api/engine.hpp"
#include "api/producer_host.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

class ProducerClient : public std::enable_shared_from_this<ProducerClient> {
 public:
  /// Lives until it is ended, and then as long as transactions know of it. Parameters as below.
  static ProducerClient* make(const ClientOptions& client, const ProducerOptions& options,
                              fault_injector* faults = nullptr);
  /// Precondition: the options were checked. `faults` are a test's.
  ProducerClient(const ClientOptions& client, const ProducerOptions& options,
                 fault_injector* faults = nullptr);

  api::engine& engine() { return *engine_; }
  /// Null once it was ended.
  const std::shared_ptr<api::engine>& shared_engine() const { return engine_; }
  handoff::accumulator& batches() { return host_->batches(); }

  /// Who may send.
  enum class gate : std::uint8_t { plain, transactions, closed };
  /// `how` is what to do where there is no memory, or no metadata yet.
  Result<Delivery> send(const RecordRef& record, handoff::admission how,
                        handoff::record_callback&& done = nullptr, gate by = gate::plain);
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
  bool closed() const { return gate_.load() == gate::closed; }
  /// Lets go of the engine, and of itself. What is unresolved then fails.
  void end();

  /// `from`: the consumer that the transaction is bound to.
  Deferred<Transaction> defer_begin(std::optional<api::bound_consumer> from);
  const std::shared_ptr<ProducerHost>& host() const { return host_; }

 private:
  result<handoff::delivery> admit(const RecordRef& record, handoff::admission how,
                                  handoff::record_callback&& done);
  result<handoff::delivery> admit_shown(const RecordRef& record, handoff::admission how,
                                        handoff::record_callback&& done);
  result<handoff::delivery> admit_first(const RecordRef& record, handoff::admission how,
                                        handoff::record_callback&& done);
  result<handoff::delivery> accept(const RecordRef& record, handoff::admission how,
                                   handoff::record_callback&& done, gate by = gate::plain);
  error why_refused() const;
  /// A delivery that has failed already.
  Delivery failed(const topic_partition& at, const error& why) const;

  const ProducerOptions options_;
  std::shared_ptr<ProducerHost> host_;
  std::shared_ptr<api::engine> engine_;
  std::atomic<gate> gate_;
  std::shared_ptr<ProducerClient> self_;
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
