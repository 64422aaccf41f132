// The consumer behind the public one: subscription and positions as commands to
// the core, records out of the fetch queue.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <klamm/consumer.hpp>

#include "api/consumer_wiring.hpp"
#include "api/engine.hpp"
#include "handoff/fetch_queue.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

class ConsumerClient {
 public:
  ConsumerClient(const ClientOptions& client, const ConsumerOptions& options);

  api::engine& engine() { return *engine_; }
  std::shared_ptr<api::engine> shared_engine() { return engine_; }
  const std::shared_ptr<handoff::fetch_queue>& shared_queue() const { return queue_; }
  /// Throws `forked` in a child, whose locks may be held by threads that it does not have.
  handoff::fetch_queue& queue_for(std::string_view operation) const;

  void assign(std::vector<topic_partition> partitions);
  void subscribe(client::subscription to);
  void subscribe_regex(std::string_view pattern);
  Result<Records> poll(Millis timeout, std::stop_token stop);
  Deferred<Records> defer_poll(Millis timeout);
  /// Of the positions.
  Deferred<void> defer_commit();
  Deferred<void> defer_commit(std::vector<client::committed_offset> offsets);
  Deferred<std::vector<TopicPartitionOffset>> defer_committed(std::vector<topic_partition> of);
  Deferred<std::vector<TopicPartitionOffset>> defer_offsets(std::vector<topic_partition> of,
                                                            client::place at);
  void seek(std::vector<topic_partition> partitions, const client::place& to);
  void pause(std::vector<topic_partition> partitions);
  void resume(std::vector<topic_partition> partitions);
  std::optional<std::int64_t> lag(const topic_partition& at) const;
  void wakeup();
  int ready_fd();
  Deferred<CloseReport> defer_close(Millis deadline, bool settled_only);
  /// Ends the polls and lets go of the engine. Idempotent.
  void end();
  bool closed() const { return closed_.load(); }
  const ConsumerOptions& options() const { return options_; }
  /// The bound of a call that waits.
  duration timeout() const { return api::to_duration(engine_->options().api_timeout); }

 private:
  const ConsumerOptions options_;
  const std::shared_ptr<api::consumer_wiring> wiring_;
  const std::shared_ptr<handoff::fetch_queue> queue_;
  std::shared_ptr<api::engine> engine_;
  std::atomic<bool> closed_{false};
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
