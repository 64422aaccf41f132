// Who waits for news of partitions: each (fetch, partition) pair is one node, linked into its partition for as long as the
// fetch session lasts. News of a partition moves its nodes to the ready lists of their fetches; a poll looks at these only, so
// that what it costs is what happened, not what is subscribed to.
#pragma once

#include <cstddef>

#include "base/unique_function.hpp"

namespace klamm::broker::replica {

class partition;
class watch_list;
class watcher;

/// What is news: of consumers what is committed, of followers what is appended, too.
enum class watched_for { commits, appends };

/// One partition that a watcher looks at. Destroying it unlinks it on both sides.
class watch_node {
 public:
  watch_node(watcher& owner, watched_for what) : owner_(owner), what_(what) {}
  ~watch_node();
  watch_node(const watch_node&) = delete;
  watch_node& operator=(const watch_node&) = delete;

  /// Null if the partition is not here (any more).
  partition* watched() const { return watched_; }
  void watch(partition* other);
  bool ready() const { return ready_; }

 private:
  friend class partition;
  friend class watch_list;
  friend class watcher;

  watch_list& list() const;

  watcher& owner_;
  watched_for what_;
  partition* watched_ = nullptr;
  watch_node* previous_ = nullptr;  // in the partition's list
  watch_node* next_ = nullptr;
  watch_node* ready_before_ = nullptr;  // in the watcher's list
  watch_node* ready_behind_ = nullptr;
  bool ready_ = false;
};

/// The nodes of one partition.
class watch_list {
 public:
  ~watch_list();
  watch_list() = default;
  watch_list(const watch_list&) = delete;
  watch_list& operator=(const watch_list&) = delete;

  void add(watch_node& node);
  void remove(watch_node& node);
  /// Something may be new for everyone: records to read, another high watermark, another state.
  void notify();

 private:
  watch_node* first_ = nullptr;
};

/// A fetch that watches partitions. `wake` is called when a node becomes ready.
class watcher {
 public:
  explicit watcher(unique_function<void()> wake = nullptr) : wake_(std::move(wake)) {}
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;

  void mark_ready(watch_node& node);
  /// Takes the first ready node; null if there is none.
  watch_node* take_ready();
  std::size_t ready_count() const { return ready_count_; }
  void set_wake(unique_function<void()> wake) { wake_ = std::move(wake); }

 private:
  friend class watch_node;
  void forget(watch_node& node);

  watch_node* first_ready_ = nullptr;
  watch_node* last_ready_ = nullptr;
  std::size_t ready_count_ = 0;
  unique_function<void()> wake_;
};

}  // namespace klamm::broker::replica
