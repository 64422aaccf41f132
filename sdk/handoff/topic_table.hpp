// What is kept for each topic, found by its name without a lock: a record looks here on its way.
//
// Entries are added and never removed or moved, so that a reader needs no share in what it found. A table that is half full is
// replaced by one of twice the size; the old one stays for those who still look into it.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace klamm::handoff {

template <class T>
class topic_table {
 public:
  topic_table() { publish(first_size); }
  topic_table(const topic_table&) = delete;
  topic_table& operator=(const topic_table&) = delete;

  /// Null: not added yet.
  T* find(std::string_view topic) const {
    // Most programs send to one topic, and pay for no hash. Written once: threads with topics of their own do not contend for it.
    if (auto* const first = first_.load(std::memory_order_acquire); first && first->name == topic)
      return &first->value;
    return look_up(topic);
  }

  /// The topic's entry. One that is missing is made of `arguments`.
  template <class... Arguments>
  T& find_or_add(std::string_view topic, Arguments&&... arguments) {
    const std::lock_guard lock(adding_);
    if (auto* const known = look_up(topic)) return *known;
    if (2 * (entries_.size() + 1) > tables_.back()->size()) publish(2 * tables_.back()->size());
    auto fresh =
        std::make_unique<entry>(hash_of(topic), std::string(topic), std::forward<Arguments>(arguments)...);
    place_of(*tables_.back(), fresh->hash, topic).store(fresh.get(), std::memory_order_release);
    if (entries_.empty()) first_.store(fresh.get(), std::memory_order_release);
    return entries_.emplace_back(std::move(fresh))->value;
  }

 private:
  struct entry {
    template <class... Arguments>
    entry(std::size_t h, std::string n, Arguments&&... arguments)
        : hash(h), name(std::move(n)), value(std::forward<Arguments>(arguments)...) {}
    const std::size_t hash;
    const std::string name;
    T value;
  };
  using table = std::vector<std::atomic<entry*>>;

  static constexpr std::size_t first_size = 16;  // a power of two, as every size

  static std::size_t hash_of(std::string_view topic) { return std::hash<std::string_view>{}(topic); }

  T* look_up(std::string_view topic) const {
    const auto& places = *current_.load(std::memory_order_acquire);
    auto* const found = place_of(places, hash_of(topic), topic).load(std::memory_order_acquire);
    return found ? &found->value : nullptr;
  }

  /// Where the topic is, or would be. There is always an empty place.
  template <class Table>
  static auto& place_of(Table& places, std::size_t hash, std::string_view topic) {
    for (auto i = hash;; ++i) {
      auto& place = places[i & (places.size() - 1)];
      const auto* const here = place.load(std::memory_order_acquire);
      if (!here || (here->hash == hash && here->name == topic)) return place;
    }
  }

  void publish(std::size_t size) {
    auto& fresh = *tables_.emplace_back(std::make_unique<table>(size));
    for (const auto& one : entries_)
      place_of(fresh, one->hash, one->name).store(one.get(), std::memory_order_relaxed);
    current_.store(&fresh, std::memory_order_release);
  }

  std::atomic<entry*> first_ = nullptr;
  std::atomic<const table*> current_ = nullptr;
  std::mutex adding_;
  std::vector<std::unique_ptr<table>> tables_;  // the last is the current one
  std::vector<std::unique_ptr<entry>> entries_;
};

}  // namespace klamm::handoff
