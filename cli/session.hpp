// What every command shares: how to reach the cluster, how to print, and whether the user wants it to stop.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <klamm/options.hpp>

namespace klamm::cli {

enum class output_form { table, json };

class session {
 public:
  /// Declares the options that stand before a command: -B, -X, --timeout, -v.
  void declare_global_options(CLI::App& app);
  /// Declares -o for a command that prints a table.
  void declare_output(CLI::App& command);

  /// Bootstrap servers, the -X properties and the timeout. Precedence: -B > -X > KLAMM_BOOTSTRAP > localhost:9092.
  ClientOptions client() const;
  /// The same with what -X says of a producer or consumer. Throws ConfigError.
  std::pair<ClientOptions, ProducerOptions> producer() const;
  std::pair<ClientOptions, ConsumerOptions> consumer() const;

  /// Throws why no broker answers within the timeout: for commands whose client would go on trying.
  static void reach(ClientOptions client);

  output_form output() const { return output_; }
  Millis timeout() const;
  /// Stops when the user interrupts.
  std::stop_token stop() const { return stop_.get_token(); }
  void request_stop() { stop_.request_stop(); }

  /// What the chosen command does; its result is the exit status.
  std::function<int()> run;

 private:
  std::map<std::string, std::string> properties() const;
  ClientOptions finish(ClientOptions client) const;

  std::string bootstrap_;
  std::vector<std::string> settings_;
  double timeout_seconds_ = 10;
  const CLI::Option* timeout_option_ = nullptr;
  bool verbose_ = false;
  output_form output_ = output_form::table;
  std::stop_source stop_;
};

}  // namespace klamm::cli
