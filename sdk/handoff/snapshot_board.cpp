#include "handoff/snapshot_board.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace klamm::handoff {

void snapshot_board::publish(client::snapshot_ptr snapshot) {
  {
    const std::lock_guard held(lock_);
    current_.store(std::move(snapshot), std::memory_order_release);
  }
  changed_.notify_all();
}

std::shared_ptr<const client::topic_view> snapshot_board::find(std::string_view topic) const {
  const auto snapshot = current();
  const auto* view = snapshot->find(topic);
  // Shares the snapshot: the view lives as long as it does.
  return view ? std::shared_ptr<const client::topic_view>(snapshot, view) : nullptr;
}

std::shared_ptr<const client::topic_view> snapshot_board::wait_for(std::string_view topic,
                                                                   duration patience) {
  std::shared_ptr<const client::topic_view> found;
  std::unique_lock held(lock_);
  changed_.wait_for(held, std::min<duration>(patience, std::chrono::hours(24 * 365)),
                    [&] { return closed_ || ((found = find(topic)) && settled(*found)); });
  return found;
}

void snapshot_board::close() {
  {
    const std::lock_guard held(lock_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace klamm::handoff
