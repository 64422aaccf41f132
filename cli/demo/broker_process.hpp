// A broker in a process of its own, to be killed and started again with the same command.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/demo/child_process.hpp"

namespace klamm::cli::demo {

class broker_process {
 public:
  /// `command` is klamm-broker and its arguments, without --data and --ready-file: those are in `directory`, with what it logs.
  /// Nothing runs yet.
  broker_process(std::vector<std::string> command, std::filesystem::path directory);

  void start();
  /// Throws std::runtime_error with the end of what it printed.
  void wait_until_ready();
  /// kill -9.
  void kill() { running_.reset(); }

 private:
  std::string last_words() const;

  std::filesystem::path directory_;
  std::vector<std::string> command_;
  std::optional<child_process> running_;
};

}  // namespace klamm::cli::demo
