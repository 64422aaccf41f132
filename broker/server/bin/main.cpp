// klamm-broker: one broker node.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <fmt/format.h>

#include "broker/server/configuration.hpp"
#include "broker/server/ready_file.hpp"
#include "broker/server/running_node.hpp"
#include "broker/server/stderr_log.hpp"
#include "broker/server/stop_signals.hpp"

namespace {

using namespace klamm;
using namespace klamm::broker;

constexpr int usage_error = 2;

struct arguments {
  std::string config_file, host = "127.0.0.1", data, ready_file, advertise, auto_create, fsync;
  std::vector<std::string> settings;
  std::optional<std::uint16_t> port;
  bool ephemeral = false, verbose = false, help_config = false;
};

void declare(CLI::App& app, arguments& to) {
  app.add_option("--config", to.config_file, "A file of Kafka's properties")->check(CLI::ExistingFile);
  app.add_option("--port", to.port, "Port to listen on; 0 takes a free one, which is printed (default 9092)");
  app.add_option("--host", to.host, "Address to listen on")->capture_default_str();
  const auto data =
      app.add_option("--data", to.data, "Data directory; made if missing, refused if it is another node's");
  app.add_flag("--ephemeral", to.ephemeral, "Keep the data in memory, and drop it at the end")
      ->excludes(data);
  app.add_option("--ready-file", to.ready_file, "Written, with host:port, when clients can connect");
  app.add_option("--advertise", to.advertise,
                 "host:port that clients are told; without it, the address they dialled");
  app.add_option("--auto-create", to.auto_create, "Whether asking for a missing topic makes it")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--fsync", to.fsync, "os: acknowledge what the system has; ack: what is on disk")
      ->check(CLI::IsMember({"os", "ack"}));
  app.add_option("-X", to.settings, "key=value: any property, over the file's");
  app.add_flag("-v,--verbose", to.verbose, "Say more");
  app.set_version_flag("--version", "klamm-broker " KLAMM_VERSION);
  app.add_flag("--help-config", to.help_config, "List the properties, their defaults and meanings");
}

void print_properties() {
  for (const auto& key : meta::config_keys()) {
    if (key.scope == meta::config_scope::topic) continue;
    fmt::print("{:<52} {:<24} {}\n", key.name, key.default_value ? key.default_value : "", key.text);
  }
}

result<meta::config_map> read_file(const std::string& path) {
  std::ifstream file(path);
  return server::parse_properties(std::string(std::istreambuf_iterator<char>(file), {}));
}

result<server::server_options> options_of(const arguments& given, std::vector<std::string>& ignored) {
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
  if (given.port || !configs.contains("listeners"))
    configs.insert_or_assign("listeners",
                             fmt::format("PLAINTEXT://{}:{}", given.host, given.port.value_or(9092)));
  if (!given.advertise.empty())
    configs.insert_or_assign("advertised.listeners", "PLAINTEXT://" + given.advertise);
  if (!given.auto_create.empty())
    configs.insert_or_assign("auto.create.topics.enable", given.auto_create == "on" ? "true" : "false");
  if (!given.fsync.empty()) configs.insert_or_assign("klamm.fsync", given.fsync);
  if (!given.data.empty()) configs.insert_or_assign("log.dirs", given.data);
  auto options = server::make_options(std::move(configs), ignored);
  if (!options) return options;
  options->ephemeral = given.ephemeral;
  if (given.ephemeral) {
    auto directory = server::make_ephemeral_directory();
    if (!directory) return directory.failure();
    options->node.data_directory = std::move(*directory);
  }
  if (options->node.data_directory.empty())
    return error(error_code::invalid_options, "where should the data go? Give --data DIR, or --ephemeral");
  return options;
}

int run(server::server_options options, const arguments& given) {
  asio::io_context io(1);
  server::stderr_log sink(given.verbose ? log_level::debug : log_level::info);
  int exit_code = 0;
  if (!given.ready_file.empty()) std::remove(given.ready_file.c_str());  // a killed broker leaves its own
  std::optional<server::stop_signals> signals;
  server::running_node node(io.get_executor(), std::move(options), sink,
                            {.serving =
                                 [&](const std::vector<link::endpoint>& bound) {
                                   for (const auto& at : bound)
                                     fmt::print("listening on {}:{}\n", at.host, at.port);
                                   std::fflush(stdout);
                                   if (given.ready_file.empty()) return;
                                   auto written = server::write_ready_file(given.ready_file, bound);
                                   if (written) return;
                                   // Who started us would wait for it for ever.
                                   fmt::print(stderr, "klamm-broker: {}\n", written.failure().message);
                                   exit_code = 1;
                                   asio::post(io, [&node] { node.stop(); });
                                 },
                             .ended =
                                 [&](const error& why) {
                                   if (why.code != error_code::none) {
                                     fmt::print(stderr, "klamm-broker: {}\n", why.message);
                                     exit_code = 1;
                                   }
                                   io.stop();
                                 }});
  signals.emplace(io.get_executor(), [&](int) { node.stop(); }, [](int signal) { std::_Exit(128 + signal); });
  node.start();
  io.run();
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
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
  std::vector<std::string> ignored;
  auto options = options_of(given, ignored);
  if (!options) {
    fmt::print(stderr, "klamm-broker: {}\n", options.failure().message);
    return usage_error;
  }
  for (const auto& key : ignored) fmt::print(stderr, "klamm-broker: {} is not followed here\n", key);
  return run(std::move(*options), given);
}
