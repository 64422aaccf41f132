// A member of the demo's group in a process of its own, to be killed: it reports what it read, and its parent enters that into the
// ledger.
//
// A report is a record of fixed size on the member's standard output. The member reports what a poll gave before it polls again,
// and only then may the records' offsets be committed: what was committed and not reported does not exist, wherever it is killed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include <klamm/options.hpp>

#include "cli/demo/child_process.hpp"
#include "cli/demo/ledger.hpp"

namespace klamm::cli::demo {

/// What the demo's records are told apart by.
inline constexpr const char* number_header = "number";

class member_process {
 public:
  /// Starts `kcli demo --member`, which bootstraps from `addresses`.
  member_process(const std::string& addresses, const std::filesystem::path& log, ledger& into);
  ~member_process();

  /// Whether it got partitions, which it waits for.
  bool joined(Millis at_most);
  /// kill -9. What it has reported counts.
  void kill();
  /// It leaves the group as a well-behaved member does.
  void leave();
  std::size_t records() const { return records_; }

 private:
  void take_reports(ledger& into);

  std::atomic<std::size_t> records_ = 0;
  std::promise<void> joined_;
  std::FILE* reports_;
  std::optional<child_process> running_;
  std::jthread reader_;
};

/// The member's own side, until `stop`; returns the exit status.
int run_member(const ClientOptions& client, const std::string& topic, const std::stop_token& stop);

}  // namespace klamm::cli::demo
