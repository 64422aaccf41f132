// Many deadlines, each with a name: the earliest is known at once, and setting or dropping one costs a tree
// step.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/time.hpp"

namespace klamm {

/// Equal deadlines come out in the order of their keys, so that the same events give the same effects
/// everywhere.
template <class Key>
class deadline_queue {
 public:
  /// Sets or moves the deadline of `key`. `never` drops it.
  void set(const Key& key, time_point at) {
    erase(key);
    if (at == never) return;
    by_key_.emplace(key, at);
    by_time_.emplace(at, key);
  }

  void erase(const Key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    by_time_.erase({found->second, key});
    by_key_.erase(found);
  }

  bool contains(const Key& key) const { return by_key_.contains(key); }
  bool empty() const { return by_time_.empty(); }

  /// The earliest deadline; `never` if there is none.
  time_point next() const { return by_time_.empty() ? never : by_time_.begin()->first; }

  /// Takes out one key whose deadline has come.
  std::optional<Key> pop_due(time_point now) {
    if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
    auto due = std::move(by_time_.extract(by_time_.begin()).value().second);
    by_key_.erase(due);
    return due;
  }

 private:
  std::map<Key, time_point> by_key_;
  std::set<std::pair<time_point, Key>> by_time_;
};

}  // namespace klamm
