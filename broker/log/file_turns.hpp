// How many small files of a node are being replaced at once: each has a descriptor meanwhile, and a broker that recovers or rolls
// thousands of segments would have thousands of them.
//
//   asked while            what happens
//   --------------------   --------------------------------------------------------------
//   fewer are under way    it begins at once
//   as many are under way  it begins when one of them has ended, in the order of asking
//   and who asked is gone  it never begins
//
// A few may be apart from this (disk_client), and wait for nobody.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "base/unique_function.hpp"

namespace klamm::broker::log {

class file_turns {
 public:
  static constexpr std::size_t usual = 64;

  explicit file_turns(std::size_t most = usual) : most_(most) {}
  file_turns(const file_turns&) = delete;
  file_turns& operator=(const file_turns&) = delete;

  /// Ends when the last copy of it goes. The turns outlive it.
  using turn = std::shared_ptr<const void>;
  using task = unique_function<void(turn)>;

  void ask(std::weak_ptr<const void> who, task begin) {
    waiting_.push_back({std::move(who), std::move(begin)});
    begin_next();
  }
  /// Whoever waits is not begun any more.
  void forget_waiting() { waiting_.clear(); }

 private:
  struct waiting {
    std::weak_ptr<const void> who;
    task begin;
  };

  void begin_next() {
    while (under_way_ < most_ && !waiting_.empty()) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      if (next.who.expired()) continue;
      ++under_way_;
      next.begin(turn(this, [](file_turns* of) { of->end(); }));
    }
  }
  void end() {
    --under_way_;
    begin_next();
  }

  const std::size_t most_;
  std::size_t under_way_ = 0;
  std::deque<waiting> waiting_;
};

}  // namespace klamm::broker::log
