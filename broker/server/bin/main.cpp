// klamm-broker: one broker node.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <stop_token>
#include <thread>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <fmt/format.h>

#include "broker/server/configuration.hpp"
#include "broker/server/initial_controllers.hpp"
#include "broker/server/node_cluster.hpp"
#include "broker/server/ready_file.hpp"
#include "broker/server/running_node.hpp"
#include "broker/server/stderr_log.hpp"
#include "broker/server/stdin_watch.hpp"
#include "broker/server/stop_signals.hpp"
#include "net/system.hpp"

namespace {

using namespace klamm;
using namespace klamm::broker;

constexpr int usage_error = 2;

/// What cannot be said is lost, and nothing else.
void tell(const std::string& what) { std::fputs(("klamm-broker: " + what + '\n').c_str(), stderr); }

struct arguments {
  std::string config_file, host = "127.0.0.1", data, ready_file, advertise, auto_create, fsync, cluster_id,
                           initial_controllers;
  std::vector<std::string> settings;
  std::optional<std::uint16_t> port;
  int cluster = 0;
  bool ephemeral = false, verbose = false, help_config = false, standalone = false, until_stdin_ends = false;
};

void declare(CLI::App& app, arguments& to) {
  app.add_option("--config", to.config_file, "A file of Kafka's properties")->check(CLI::ExistingFile);
  app.add_option("--port", to.port, "Port to listen on; 0 takes a free one, which is printed (default 9092)")
      ->check(CLI::Range(0, 65535));
  app.add_option("--host", to.host, "Address to listen on")->capture_default_str();
  app.add_option("--cluster", to.cluster,
                 "This many brokers in one process, on this port and those that follow")
      ->check(CLI::Range(1, 9));
  const auto data =
      app.add_option("--data", to.data, "Data directory; made if missing, refused if it is another node's");
  app.add_flag("--ephemeral", to.ephemeral, "Keep the data in memory, and drop it at the end")
      ->excludes(data);
  app.add_flag("--until-stdin-ends", to.until_stdin_ends,
               "Stop when standard input ends: when who started it and holds the other end is gone");
  app.add_option("--ready-file", to.ready_file, "Written, with host:port, when clients can connect");
  app.add_option("--advertise", to.advertise,
                 "host:port that clients are told; without it, the address they dialled");
  app.add_option("--auto-create", to.auto_create, "Whether asking for a missing topic makes it")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--fsync", to.fsync, "os: acknowledge what the system has; ack: what is on disk")
      ->check(CLI::IsMember({"os", "ack"}));
  const auto alone = app.add_flag(
      "--standalone", to.standalone,
      "With controller.quorum.bootstrap.servers: a new directory is the first controller's, which "
      "votes alone");
  app.add_option(
         "--initial-controllers", to.initial_controllers,
         "ID@HOST:PORT:DIRECTORY,...: a new directory is that of one of these first controllers, which "
         "vote together")
      ->excludes(alone);
  app.add_option("--cluster-id", to.cluster_id, "The cluster that a new directory belongs to");
  app.add_option("-X", to.settings, "key=value: any property, over the file's");
  app.add_flag("-v,--verbose", to.verbose, "Say more");
  app.set_version_flag("--version", "klamm-broker " KLAMM_VERSION);
  app.add_flag("--help-config", to.help_config, "List the properties, their defaults and meanings");
  for (const auto* const of_one : {"--advertise", "--cluster-id", "--standalone"})
    app.get_option(of_one)->excludes(app.get_option("--cluster"));
}

void print_properties() {
  for (const auto& key : meta::config_keys()) {
    if (key.scope == meta::config_scope::topic) continue;
    fmt::print("{:<52} {:<24} {}\n", key.name, key.default_value ? key.default_value : "", key.text);
  }
}

result<meta::config_map> read_file(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  for (std::string line; std::getline(file, line);) text += line + '\n';
  if (!file.is_open() || file.bad())
    return error(error_code::io_error, fmt::format("cannot be read: {}", std::strerror(errno)));
  return server::parse_properties(text);
}

/// What the file says, and what the command line says over it.
result<meta::config_map> configs_of(const arguments& given) {
  meta::config_map configs;
  if (!given.config_file.empty()) {
    auto file = read_file(given.config_file);
    if (!file) return error(file.code(), given.config_file + ": " + file.failure().message);
    configs = std::move(*file);
  }
  for (const auto& setting : given.settings) {
    auto one = server::parse_properties(setting);
    if (!one) return error(one.code(), "-X: " + one.failure().message);
    for (auto& [key, value] : *one) configs.insert_or_assign(key, value);
  }
  if (!given.auto_create.empty())
    configs.insert_or_assign("auto.create.topics.enable", given.auto_create == "on" ? "true" : "false");
  if (!given.fsync.empty()) configs.insert_or_assign("klamm.fsync", given.fsync);
  return configs;
}

result<server::server_options> options_of(const arguments& given, meta::config_map configs,
                                          std::vector<std::string>& ignored) {
  if (!given.advertise.empty())
    configs.insert_or_assign("advertised.listeners", "PLAINTEXT://" + given.advertise);
  if (!given.data.empty()) configs.insert_or_assign("log.dirs", given.data);
  // A listener that asks for TLS or SASL is no less refused for --port.
  if (std::vector<std::string> again; given.port && configs.contains("listeners"))
    if (auto as_written = server::make_options(configs, again); !as_written) return as_written.failure();
  if (given.port || !configs.contains("listeners"))
    configs.insert_or_assign("listeners",
                             fmt::format("PLAINTEXT://{}:{}", given.host, given.port.value_or(9092)));
  auto options = server::make_options(std::move(configs), ignored);
  if (!options) return options;
  options->ephemeral = given.ephemeral;
  options->node.cluster_id = given.cluster_id;
  if (given.standalone && !options->is_controller)
    return error(error_code::invalid_options,
                 "--standalone makes the first controller, and process.roles=broker is none: leave it out");
  if (given.standalone) options->node.joins = false;
  if (!given.initial_controllers.empty())
    if (auto done = server::begin_with_controllers(given.initial_controllers, *options); !done)
      return done.failure();
  if (given.ephemeral) {
    auto directory = server::make_ephemeral_directory();
    if (!directory) return directory.failure();
    options->node.data_directory = std::move(*directory);
    options->node.metadata_directory.clear();
  }
  if (options->node.data_directory.empty())
    return error(error_code::invalid_options, "where should the data go? Give --data DIR, or --ephemeral");
  return options;
}

int usage(const error& why) {
  tell(why.message);
  return usage_error;
}

/// Says where clients may come. False: who started us would wait for the file for ever.
bool announce(const std::vector<link::endpoint>& bound, const arguments& given) {
  for (const auto& at : bound) fmt::print("listening on {}:{}\n", at.host, at.port);
  std::fflush(stdout);
  if (given.ready_file.empty()) return true;
  auto written = server::write_ready_file(given.ready_file, bound);
  if (!written) tell(written.failure().message);
  return written.has_value();
}

/// Connections, partitions, and the segments that are read each take descriptors.
void tell_low_limit(log_sink& to) {
  constexpr std::size_t low = 4096;
  if (const auto limit = net::descriptor_limit(); limit < low)
    to.write(
        log_level::warning, "process",
        fmt::format(
            "it may have {} descriptors (the hard RLIMIT_NOFILE): at most {} connections to a listener, and "
            "fewer partitions than that limit; raise it (ulimit -Hn, LimitNOFILE=)",
            limit, limit / 2));
}

int run(server::server_options options, const arguments& given) {
  asio::io_context io(1);
  server::stderr_log sink(given.verbose ? log_level::debug : log_level::info);
  tell_low_limit(sink);
  int exit_code = 0;
  if (!given.ready_file.empty()) std::remove(given.ready_file.c_str());  // a killed broker leaves its own
  std::optional<server::stop_signals> signals;
  server::running_node node(io.get_executor(), std::move(options), sink,
                            {.serving =
                                 [&](const std::vector<link::endpoint>& bound) {
                                   if (announce(bound, given)) return;
                                   exit_code = 1;
                                   asio::post(io, [&node] { node.stop(); });
                                 },
                             .ended =
                                 [&](const error& why) {
                                   if (why.code != error_code::none) {
                                     tell(why.message);
                                     exit_code = 1;
                                   }
                                   io.stop();
                                 }});
  signals.emplace(io.get_executor(), [&](int) { node.stop(); }, [](int signal) { std::_Exit(128 + signal); });
  std::optional<server::stdin_watch> watch;
  if (given.until_stdin_ends) watch.emplace(io.get_executor(), [&] { node.stop(); });
  node.start();
  io.run();
  return exit_code;
}

ClusterOptions cluster_options(const arguments& given, const meta::config_map& configs) {
  ClusterOptions options;
  options.nodes = given.cluster;
  options.host = given.host;
  options.port = given.port.value_or(9092);
  options.data_directory = given.data;
  options.configs = {configs.begin(), configs.end()};
  return options;
}

void tell_ignored(const std::vector<std::string>& keys) {
  for (const auto& key : keys) tell(key + " is not followed here");
}

/// What is wrong is said before any node starts.
result<ClusterOptions> checked_cluster_options(const arguments& given, meta::config_map configs) {
  std::vector<std::string> ignored;
  if (auto one = server::make_options(configs, ignored); !one) return one.failure();
  for (const auto& key : ignored) configs.erase(key);
  auto options = cluster_options(given, configs);
  if (auto enough = server::check_ports(options); !enough) return enough.failure();
  tell_ignored(ignored);
  return options;
}

/// Signals, and nodes that end, are heard on a thread of their own: the program's waits for the nodes to serve, and to stop.
class listening_thread {
 public:
  explicit listening_thread(asio::io_context& io) : io_(io), thread_([&io] { io.run(); }) {}
  ~listening_thread() {
    io_.stop();
    wait();
  }
  listening_thread(const listening_thread&) = delete;
  listening_thread& operator=(const listening_thread&) = delete;

  /// Until it was told to stop.
  void wait() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  asio::io_context& io_;
  std::thread thread_;
};

int run_cluster(const arguments& given, const meta::config_map& configs) {
  if (given.data.empty() && !given.ephemeral)
    return usage(
        error(error_code::invalid_options, "where should the data go? Give --data DIR, or --ephemeral"));
  const auto options = checked_cluster_options(given, configs);
  if (!options) return usage(options.failure());
  if (!given.ready_file.empty()) std::remove(given.ready_file.c_str());
  asio::io_context io(1);
  server::stderr_log sink(given.verbose ? log_level::debug : log_level::info);
  tell_low_limit(sink);
  int exit_code = 0;
  std::stop_source asked;
  const auto stop = [&] {
    asked.request_stop();
    io.stop();
  };
  std::optional<server::stop_signals> signals;
  signals.emplace(
      io.get_executor(),
      [&](int) {
        signals->leave_the_second();  // nobody waits for it while the nodes stop
        stop();
      },
      nullptr);
  std::optional<server::stdin_watch> watch;
  if (given.until_stdin_ends) watch.emplace(io.get_executor(), stop);
  listening_thread listens(io);
  try {
    const auto on_failed = [&](int node, const error& why) {
      asio::post(io, [&, node, why] {
        tell(fmt::format("node {}: {}", node, why.message));
        exit_code = 1;
        stop();
      });
    };
    const server::node_cluster cluster(*options, sink, on_failed, nullptr, asked.get_token());
    std::vector<link::endpoint> bound;
    for (int node = 1; node <= cluster.size(); ++node) bound.push_back(cluster.address(node));
    if (!announce(bound, given)) return 1;
    listens.wait();
  } catch (const server::never_served&) {
    listens.wait();
  } catch (const std::runtime_error& failed) {
    tell(failed.what());
    return 1;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) try {
  net::hold_standard_files();
  std::signal(SIGPIPE, SIG_IGN);  // who read the log may have gone
  CLI::App app("A Kafka-compatible broker", "klamm-broker");
  arguments given;
  declare(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& failed) {
    const int code = app.exit(failed);
    return code == 0 ? 0 : usage_error;
  }
  if (given.help_config) return print_properties(), 0;
  auto configs = configs_of(given);
  if (!configs) return usage(configs.failure());
  net::raise_descriptor_limit();
  if (given.cluster > 0) return run_cluster(given, *configs);
  std::vector<std::string> ignored;
  auto options = options_of(given, std::move(*configs), ignored);
  if (!options) return usage(options.failure());
  tell_ignored(ignored);
  return run(std::move(*options), given);
} catch (const std::exception& failed) {
  tell(failed.what());
  return 1;
}
