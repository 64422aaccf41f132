// Where the I/O thread puts up what it knows of the cluster, and application threads read it without a lock, or wait for a topic.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"
#include "client/metadata_snapshot.hpp"

namespace klamm::handoff {

class snapshot_board final : public client::snapshot_sink {
 public:
  void publish(client::snapshot_ptr snapshot) override;

  /// Never null.
  client::snapshot_ptr current() const { return current_.load(std::memory_order_acquire); }
  /// Whether waiting brings nothing new: the topic is known, or known to be wrong for good.
  static bool settled(const client::topic_view& topic) {
    return topic.error == error_code::none || !retriable(topic.error);
  }
  /// The topic once it is settled; what there is, or null, after `patience` or when the board was closed.
  std::shared_ptr<const client::topic_view> wait_for(std::string_view topic, duration patience);
  std::shared_ptr<const client::topic_view> find(std::string_view topic) const;
  /// Nobody waits any more.
  void close();

 private:
  std::atomic<client::snapshot_ptr> current_{std::make_shared<const client::metadata_snapshot>()};
  std::mutex lock_;
  std::condition_variable changed_;
  bool closed_ = false;
};

}  // namespace klamm::handoff
