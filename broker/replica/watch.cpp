#include "broker/replica/watch.hpp"

#include <algorithm>

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
  ready_.push_back(&node);
  if (wake_) wake_();
}

watch_node* watcher::take_ready() {
  if (ready_.empty()) return nullptr;
  auto* const node = ready_.front();
  ready_.pop_front();
  node->ready_ = false;
  return node;
}

void watcher::forget(watch_node& node) {
  if (!node.ready_) return;
  ready_.erase(std::find(ready_.begin(), ready_.end(), &node));
}

}  // namespace klamm::broker::replica
