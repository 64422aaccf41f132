// A simulated disk that fails, or holds up, what the test names: {"write", ".checkpoint"} is every write to a file that has
// ".checkpoint" in its path. Operations are called open, close, write, read, sync, truncate, make, list, sync_directory, rename
// (by its new name) and remove. Everything else is performed at once, in order.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "broker/log/disk_port.hpp"
#include "tests/sim/disk.hpp"

namespace klamm::test {

class scripted_disk {
 public:
  explicit scripted_disk(std::uint64_t seed) : below_(seed) {}

  struct operation {
    std::string doing, path;
    bool is(const operation& one) const {
      return one.doing == doing && path.find(one.path) != std::string::npos;
    }
  };

  sim::disk& below() { return below_; }
  void fail(operation what) { failing_.push_back(std::move(what)); }
  /// Holds it up, and what is asked of the same file behind it.
  void hold(operation what) { held_.push_back(std::move(what)); }
  /// What is held up goes on with the next settle(); what comes later is held as before.
  void let_pass() { passing_ = std::exchange(waiting_, {}); }
  /// The same, and nothing is held or failed any more.
  void behave() {
    failing_.clear();
    held_.clear();
    let_pass();
  }
  /// Of those that wait, these.
  void let_pass(const operation& what) {
    for (auto& one : std::exchange(waiting_, {}))
      (describe(one.operation).is(what) ? passing_ : waiting_).push_back(std::move(one));
  }
  std::size_t waiting() const { return waiting_.size(); }
  bool was_asked(const operation& what) const {
    return std::ranges::any_of(asked_, [&](const operation& one) { return one.is(what); });
  }
  void forget_asked() { asked_.clear(); }

  /// Performs what was asked, until nothing is but what is held up.
  void settle(broker::log::disk_port& port) {
    for (int i = 0; i < 10'000; ++i) {
      auto released = std::exchange(passing_, {});
      broker::log::disk_effects fresh;
      port.take(fresh);
      if (released.empty() && fresh.empty()) return;
      for (auto& one : released) carry_out(std::move(one), port);
      for (auto& one : fresh) look_at(std::move(one), port);
    }
    FAIL("the disk does not come to rest");
  }
  void crash(sim::crash how) {
    waiting_.clear();
    passing_.clear();
    below_.crash(how);
  }

 private:
  using request = broker::log::disk_request;

  operation describe(const broker::log::disk_operation& what) {
    constexpr std::array<std::string_view, 11> names{"open",           "close",    "write", "read",
                                                     "sync",           "truncate", "make",  "list",
                                                     "sync_directory", "rename",   "remove"};
    const auto path = std::visit(
        [&](const auto& op) {
          if constexpr (requires { op.to; })
            return op.to;
          else if constexpr (requires { op.path; })
            return op.path;
          else
            return paths_[op.file];
        },
        what);
    return {std::string(names.at(what.index())), path};
  }
  static bool any(const std::vector<operation>& rules, const operation& what) {
    return std::ranges::any_of(rules, [&](const operation& rule) { return what.is(rule); });
  }
  static std::int64_t file_of(const broker::log::disk_operation& what) {
    return std::visit(
        [](const auto& op) -> std::int64_t {
          if constexpr (requires { op.file; })
            return op.file.value;
          else
            return -1;
        },
        what);
  }

  void look_at(request&& one, broker::log::disk_port& port) {
    if (const auto* const opened = std::get_if<broker::log::disk::open>(&one.operation))
      paths_[opened->file] = opened->path;
    const auto what = describe(one.operation);
    const auto file = file_of(one.operation);
    const bool behind = file >= 0 && std::ranges::any_of(waiting_, [&](const request& before) {
                          return file_of(before.operation) == file;
                        });
    if (behind || any(held_, what)) return waiting_.push_back(std::move(one));
    asked_.push_back(what);
    carry_out(std::move(one), port);
  }
  void carry_out(request&& one, broker::log::disk_port& port) {
    if (any(failing_, describe(one.operation))) {
      broker::log::disk_completion failed;
      failed.id = one.id;
      failed.failure = error_code::io_error;
      failed.detail = "Input/output error";
      return port.complete(std::move(failed));
    }
    broker::log::disk_effects alone;
    alone.push_back(std::move(one));
    below_.submit(std::move(alone));
    for (auto& done : below_.step()) port.complete(std::move(done));
  }

  sim::disk below_;
  std::map<broker::log::file_id, std::string> paths_;
  std::vector<operation> failing_, held_, asked_;
  std::vector<request> waiting_, passing_;
};

}  // namespace klamm::test
