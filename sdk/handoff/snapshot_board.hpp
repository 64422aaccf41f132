// Where the I/O thread puts up what it knows of the cluster, and application threads read it without a lock, or wait for a topic.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "client/metadata_snapshot.hpp"

namespace klamm::handoff {

using topic_callback = unique_function<void(const std::shared_ptr<const client::topic_view>&)>;

class snapshot_board final : public client::snapshot_sink {
 public:
  void publish(client::snapshot_ptr snapshot) override;

  /// Never null.
  client::snapshot_ptr current() const { return current_.load(std::memory_order_acquire); }
  /// Counts the snapshots, for who asks with each record whether anything changed: current() is at least as new. 0: none yet.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  /// Whether waiting brings nothing new: the topic is known, or known to be wrong for good.
  static bool settled(const client::topic_view& topic) {
    return topic.error == error_code::none || !retriable(topic.error);
  }
  /// The topic once it is settled; what there is, or null, after `patience` or when the board was closed.
  std::shared_ptr<const client::topic_view> wait_for(std::string_view topic, duration patience);
  std::shared_ptr<const client::topic_view> find(std::string_view topic) const;
  /// Calls `done` with the topic once it is settled: at once, or on the I/O thread before anybody sees the snapshot, so that what
  /// waited longer comes first. With null when the board is closed.
  void when_settled(std::string_view topic, topic_callback done);
  /// Nobody waits any more.
  void close();

 private:
  using callbacks = std::multimap<std::string, topic_callback, std::less<>>;
  callbacks settled_by(const client::metadata_snapshot& snapshot);

  std::atomic<client::snapshot_ptr> current_{std::make_shared<const client::metadata_snapshot>()};
  std::atomic<std::uint64_t> version_ = 0;
  std::mutex lock_;
  std::condition_variable changed_;
  bool closed_ = false;
  callbacks awaited_;
};

}  // namespace klamm::handoff
