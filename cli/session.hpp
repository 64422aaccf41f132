// What every command shares: how to reach the cluster, how to print, and whether the user wants it to stop.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <klamm/options.hpp>

#include "cli/table.hpp"

namespace klamm::cli {

class session {
 public:
  /// Declares the options that any command takes, before or behind its name: -B, -C, -X, --timeout, -y, -v.
  void declare_global_options(CLI::App& app);
  /// Declares -o for a command that prints a table.
  void declare_output(CLI::App& command);

  /// How to reach the cluster. Each property is the first that is given of: its own option (-B, --timeout), -X, the
  /// environment (KLAMM_BOOTSTRAP, KLAMM_TIMEOUT), the file of -C or KLAMM_CONFIG, kcli's default.
  ClientOptions client() const { return consumer().first; }
  /// The same with what is said of a producer or consumer. Throws ConfigError.
  std::pair<ClientOptions, ProducerOptions> producer() const;
  std::pair<ClientOptions, ConsumerOptions> consumer() const;

  /// Throws why no broker answers within the timeout: for commands whose client would go on trying.
  static void reach(ClientOptions client);

  /// An empty table that prints as -o or KLAMM_OUTPUT says. Make it before anything is done: what they say may be wrong.
  table rows(std::vector<std::string> columns, const std::vector<std::string>& more = {}) const;
  Millis timeout() const;
  /// Whether the user means it: -y, or the answer to `question` at a terminal.
  bool confirm(std::string_view question) const;

  /// Stops when the user interrupts, for a command that has called heed_stop.
  std::stop_token stop() const { return stop_.get_token(); }
  /// From here on the command ends in order when stop() says so. Before, an interrupt ends the process at once: nothing is
  /// left behind by a question to the cluster.
  void heed_stop() const { heeded_ = true; }
  /// On the thread that watches for interrupts. False: nothing heeds it.
  bool interrupt() {
    stop_.request_stop();
    return heeded_;
  }

  /// What the chosen command does; its result is the exit status.
  std::function<int()> run;

 private:
  std::optional<Millis> asked_timeout() const;
  template <class Options, class Other>
  std::map<std::string, std::string> properties() const;
  ClientOptions finish(ClientOptions client, const std::map<std::string, std::string>& given) const;

  std::string bootstrap_, file_, timeout_, output_;
  std::vector<std::string> settings_;
  bool verbose_ = false, yes_ = false;
  std::stop_source stop_;
  mutable std::atomic<bool> heeded_ = false;
};

}  // namespace klamm::cli
