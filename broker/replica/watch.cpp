#include "broker/replica/watch.hpp"

#include "broker/replica/partition.hpp"

namespace klamm::broker::replica {

watch_list& watch_node::list() const { return watched_->watchers(what_); }

watch_node::~watch_node() {
  if (watched_) list().remove(*this);
  owner_.forget(*this);
}

void watch_node::watch(partition* other) {
  if (watched_ == other) return;
  if (watched_) list().remove(*this);
  watched_ = other;
  if (watched_) list().add(*this);
}

watch_list::~watch_list() {
  while (first_) {
    auto& node = *first_;
    remove(node);
    node.watched_ = nullptr;
    node.owner_.mark_ready(node);  // to be told that it is gone
  }
}

void watch_list::add(watch_node& node) {
  node.previous_ = nullptr;
  node.next_ = first_;
  if (first_) first_->previous_ = &node;
  first_ = &node;
}

void watch_list::remove(watch_node& node) {
  (node.previous_ ? node.previous_->next_ : first_) = node.next_;
  if (node.next_) node.next_->previous_ = node.previous_;
  node.previous_ = node.next_ = nullptr;
}

void watch_list::notify() {
  for (auto* node = first_; node;) {
    auto* const next = node->next_;  // waking may read, but unlinks nothing: answers leave later
    node->owner_.mark_ready(*node);
    node = next;
  }
}

void watcher::mark_ready(watch_node& node) {
  if (node.ready_) return;
  node.ready_ = true;
  node.ready_before_ = last_ready_;
  (last_ready_ ? last_ready_->ready_behind_ : first_ready_) = &node;
  last_ready_ = &node;
  ++ready_count_;
  if (wake_) wake_();
}

watch_node* watcher::take_ready() {
  auto* const node = first_ready_;
  if (node) forget(*node);
  return node;
}

void watcher::forget(watch_node& node) {
  if (!node.ready_) return;
  node.ready_ = false;
  (node.ready_before_ ? node.ready_before_->ready_behind_ : first_ready_) = node.ready_behind_;
  (node.ready_behind_ ? node.ready_behind_->ready_before_ : last_ready_) = node.ready_before_;
  node.ready_before_ = node.ready_behind_ = nullptr;
  --ready_count_;
}

}  // namespace klamm::broker::replica
