// What a producer's application threads and its I/O thread share: where records wait, and who is told of their outcome.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include <klamm/producer.hpp>

#include "api/engine.hpp"
#include "api/topic_line.hpp"
#include "handoff/accumulator.hpp"
#include "handoff/topic_table.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

inline constexpr const char* topic_unknown = "no broker told the topic's partitions within max_block";

/// Where records wait and who is told of their outcome. Lives as long as the engine: its core drains the accumulator.
class ProducerHost final : public handoff::accumulator_host {
 public:
  explicit ProducerHost(const ProducerOptions& options, fault_injector* faults = nullptr);
  /// The seal executor first: what it still seals is the accumulator's.
  ~ProducerHost() override { sealing_.reset(); }

  /// Whose delivery it is; null where the producer is gone.
  static std::shared_ptr<ProducerHost> of(const handoff::batch_state& state) {
    return std::static_pointer_cast<ProducerHost>(state.host());
  }

  handoff::accumulator& batches() { return batches_; }
  void connect(const std::shared_ptr<api::engine>& to) { engine_ = to; }
  std::shared_ptr<api::engine> engine() const { return engine_.lock(); }

  /// Null: nothing was sent to the topic yet.
  api::topic_line* find_line(std::string_view topic) const { return lines_.find(topic); }
  /// Precondition: the topic is known. Lines are never given up.
  api::topic_line& line_of(std::string_view topic);
  /// Chooses the partition and puts the record into its batch.
  result<handoff::delivery> append(const RecordRef& record, api::topic_line& line,
                                   const api::topic_glance& topic, handoff::admission how,
                                   handoff::record_callback&& done);
  /// Copies a record whose topic is not known yet: it is appended once it is, or fails after `patience`. A flush waits for it.
  handoff::delivery hold(const RecordRef& record, Millis patience, handoff::record_callback&& done);
  /// The transaction that records are sent in from now on; what was held for one before it fails.
  void set_transaction(std::uint64_t number) { transaction_ = number; }
  /// Records that are held.
  std::size_t held() const { return held_.load(); }

  void wake() override;
  void seal_elsewhere(unique_function<void()> seal) override;
  void resolved(handoff::state_share batch) override;

 private:
  class held_record;
  client::partition_slot new_slot(std::string_view topic, api::topic_line& line, partition_id chosen,
                                  std::size_t partitions);
  result<handoff::delivery> put(const RecordRef& record, std::span<const wire::header_ref> headers,
                                client::partition_slot slot, handoff::admission how,
                                handoff::record_callback&& done);
  result<handoff::delivery> put_with_headers(const RecordRef& record, client::partition_slot slot,
                                             handoff::admission how, handoff::record_callback&& done);
  void tell(const handoff::state_share& batch);
  void report(const handoff::batch_state& batch) const;

  const ProducerOptions options_;
  const duration max_block_;
  std::atomic<std::uint64_t> next_seed_;
  handoff::topic_table<api::topic_line> lines_;
  std::atomic<std::size_t> held_{0};
  std::atomic<std::uint64_t> transaction_{0};
  std::weak_ptr<api::engine> engine_;
  std::once_flag sealing_started_;
  std::optional<net::io_threads> sealing_;
  handoff::accumulator batches_;
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
