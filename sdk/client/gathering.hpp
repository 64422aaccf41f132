// One command that takes several requests: outcomes by item, in the order asked, told when the last one is here.
//
// A change that fails is told with what is known of whether it was made all the same: by a try before, or by the one that failed.
#pragma once

#include <memory>
#include <optional>

#include "client/call.hpp"
#include "client/commands.hpp"
#include "client/completion.hpp"

namespace klamm::client {

template <class K, class T>
class gathering {
 public:
  /// Nothing to ask for: told at once.
  static std::shared_ptr<gathering> start(std::vector<K> items, completion_queue& to,
                                          completion<per_item<K, T>> done) {
    auto out = std::shared_ptr<gathering>(new gathering(std::move(items), to, std::move(done)));
    out->finish_if_complete();
    return out;
  }

  const std::vector<K>& items() const { return items_; }
  /// Whether there is an answer to a change that was asked for; if not, what of `these` waits for it fails.
  template <class Response>
  bool heard(const answer<Response>& came, const std::vector<K>& these) {
    maybe_written_ = came.maybe_written;
    if (!came.got) fail(these, came.got.failure());
    return came.got.has_value();
  }
  template <class Response>
  bool heard(const answer<Response>& came) {
    return heard(came, items_);
  }
  /// The first outcome of an item counts.
  void put(const K& item, result<T> outcome) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!(items_[i] == item) || outcomes_[i]) continue;
      if (!outcome && maybe_written_ && !outcome.failure().maybe_written)
        outcome = told_as(*maybe_written_ || leaves_open(outcome.code()), outcome.failure());
      outcomes_[i] = std::move(outcome);
      --left_;
      return finish_if_complete();
    }
  }
  /// What of `these` has no outcome yet fails.
  void fail(const std::vector<K>& these, const error& why) {
    for (const auto& item : these) put(item, why);
  }

 private:
  gathering(std::vector<K> items, completion_queue& to, completion<per_item<K, T>> done)
      : items_(std::move(items)),
        outcomes_(items_.size()),
        left_(items_.size()),
        to_(to),
        done_(std::move(done)) {}

  void finish_if_complete() {
    if (left_ > 0 || !done_) return;
    per_item<K, T> out;
    for (std::size_t i = 0; i < items_.size(); ++i) out.emplace_back(items_[i], std::move(*outcomes_[i]));
    to_.post(std::move(done_), result<per_item<K, T>>(std::move(out)));
    done_ = {};
  }

  std::vector<K> items_;
  std::vector<std::optional<result<T>>> outcomes_;
  std::size_t left_;
  std::optional<bool> maybe_written_;
  completion_queue& to_;
  completion<per_item<K, T>> done_;
};

}  // namespace klamm::client
