#include "handoff/snapshot_board.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace klamm::handoff {

namespace {
// Shares the snapshot: the view lives as long as it does.
std::shared_ptr<const client::topic_view> view_of(const client::snapshot_ptr& snapshot,
                                                  std::string_view topic) {
  const auto* view = snapshot->find(topic);
  return view ? std::shared_ptr<const client::topic_view>(snapshot, view) : nullptr;
}
}  // namespace

// With the lock held.
snapshot_board::callbacks snapshot_board::settled_by(const client::metadata_snapshot& snapshot) {
  callbacks out;
  for (auto at = awaited_.begin(); at != awaited_.end();) {
    const auto here = at++;
    const auto* view = snapshot.find(here->first);
    if (view && settled(*view)) out.insert(awaited_.extract(here));
  }
  return out;
}

void snapshot_board::publish(client::snapshot_ptr snapshot) {
  std::unique_lock held(lock_);
  for (auto ready = settled_by(*snapshot); !ready.empty(); ready = settled_by(*snapshot)) {
    held.unlock();
    for (auto& [topic, done] : ready) done(view_of(snapshot, topic));
    held.lock();
  }
  current_.store(std::move(snapshot), std::memory_order_release);
  version_.fetch_add(1, std::memory_order_release);
  held.unlock();
  changed_.notify_all();
}

void snapshot_board::when_settled(std::string_view topic, topic_callback done) {
  std::shared_ptr<const client::topic_view> found;
  {
    const std::lock_guard held(lock_);
    found = find(topic);
    if (!closed_ && !(found && settled(*found))) {
      awaited_.emplace(topic, std::move(done));
      return;
    }
  }
  done(found);
}

std::shared_ptr<const client::topic_view> snapshot_board::find(std::string_view topic) const {
  return view_of(current(), topic);
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
  callbacks left;
  {
    const std::lock_guard held(lock_);
    closed_ = true;
    left.swap(awaited_);
  }
  changed_.notify_all();
  for (auto& [topic, done] : left) done(nullptr);
}

}  // namespace klamm::handoff
