#include "cli/session.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

#include <klamm/admin.hpp>
#include <klamm/error.hpp>

#include "cli/position.hpp"
#include "cli/properties_file.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

using properties_map = std::map<std::string, std::string>;

constexpr const char* default_bootstrap = "localhost:9092";
constexpr Millis default_timeout{10'000};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// An option's text and where it is from: the command line, or the environment.
std::pair<std::string, std::string> given(const std::string& option, const char* name, const char* variable) {
  return option.empty() ? std::pair{from_environment(variable), std::string(variable)}
                        : std::pair{option, std::string(name)};
}

template <class... Names>
bool has_any(const properties_map& all, Names... names) {
  return (all.contains(names) || ...);
}

void set_bootstrap(properties_map& all, const std::string& servers) {
  if (servers.empty()) return;
  all.erase("metadata.broker.list");
  all["bootstrap.servers"] = servers;
}

template <class Options>
bool takes(const properties_map::value_type& property) {
  try {
    Options::from_properties({{"bootstrap.servers", default_bootstrap}, property});
    return true;
  } catch (const ConfigError&) {
    return false;
  }
}

}  // namespace

void session::declare_global_options(CLI::App& app) {
  app.add_option("-B,--bootstrap", bootstrap_,
                 "brokers to start from (default: $KLAMM_BOOTSTRAP, or localhost:9092)")
      ->type_name("HOST:PORT[,...]")
      ->check(CLI::Validator(
          [](std::string& text) { return text.empty() ? "expected HOST:PORT, not \"\"" : ""; }, ""));
  app.add_option("-C,--config", file_,
                 "a file of client properties, NAME=VALUE a line (default: $KLAMM_CONFIG)")
      ->type_name("FILE");
  app.add_option("-X", settings_, "a client property (Kafka's and librdkafka's names)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--timeout", timeout_,
                 "how long an operation may take: 500ms, 30s, 2m (default: $KLAMM_TIMEOUT, or 10s)")
      ->type_name("TIME");
  app.add_flag("-y,--yes", yes_, "do not ask before something is deleted or moved");
  app.add_flag("-v,--verbose", verbose_, "say on standard error what the client does");
}

void session::declare_output(CLI::App& command) {
  command
      .add_option("-o,--output", output_,
                  "how to print (default: $KLAMM_OUTPUT, or table); in TEXT, {column} is a value")
      ->type_name("table|wide|json|yaml|template=TEXT");
}

table session::rows(std::vector<std::string> columns, const std::vector<std::string>& more) const {
  const auto [text, from] = given(output_, "-o", "KLAMM_OUTPUT");
  return of_option(from, [&] { return table(parse_output_form(text), std::move(columns), more); });
}

std::optional<Millis> session::asked_timeout() const {
  const auto [text, from] = given(timeout_, "--timeout", "KLAMM_TIMEOUT");
  if (text.empty()) return std::nullopt;
  return of_option(from, [&] {
    const auto time = parse_duration(text);
    return time > Millis(0) ? time : throw std::invalid_argument("it has to be more than 0");
  });
}

Millis session::timeout() const { return asked_timeout().value_or(default_timeout); }

bool session::confirm(std::string_view question) const {
  if (yes_) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    std::cerr << "kcli: " << question << " There is no terminal to ask on: say -y to mean it.\n";
    return false;
  }
  std::cerr << question << " [y/N] ";
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

// A file may serve all kinds of clients: of its properties those are taken that this kind has, or that no kind has, since that
// is a mistake.
template <class Options, class Other>
properties_map session::properties() const {
  properties_map all;
  if (const auto [path, from] = given(file_, "-C", "KLAMM_CONFIG"); !path.empty())
    for (const auto& property : of_option(from, [&] { return read_properties_file(path); }))
      if (takes<Options>(property) || !takes<Other>(property)) all.insert(property);
  set_bootstrap(all, from_environment("KLAMM_BOOTSTRAP"));
  for (const auto& setting : settings_) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      throw CLI::ValidationError("-X", "expected NAME=VALUE, not \"" + setting + '"');
    const auto name = setting.substr(0, equals);
    if (name == "metadata.broker.list") all.erase("bootstrap.servers");
    if (name == "bootstrap.servers") all.erase("metadata.broker.list");
    all[name] = setting.substr(equals + 1);
  }
  set_bootstrap(all, bootstrap_);
  if (!has_any(all, "bootstrap.servers", "metadata.broker.list")) set_bootstrap(all, default_bootstrap);
  all.try_emplace("client.id", "kcli");
  return all;
}

ClientOptions session::finish(ClientOptions client, const properties_map& given) const {
  if (asked_timeout() || !given.contains("default.api.timeout.ms")) client.api_timeout = timeout();
  if (verbose_) {
    client.log_level = LogEvent::debug;
    client.log = [](const LogEvent& event) { std::cerr << event.where << ": " << event.what << '\n'; };
  }
  return client;
}

void session::reach(ClientOptions client) { Admin(std::move(client)).describe_cluster(); }

std::pair<ClientOptions, ProducerOptions> session::producer() const {
  const auto given = properties<ProducerOptions, ConsumerOptions>();
  auto [client, options] = ProducerOptions::from_properties(given);
  // A record may outlast a broker's restart, unless the user sets a limit.
  const auto limit = asked_timeout();
  if (!limit) return {finish(std::move(client), given), std::move(options)};
  if (!given.contains("max.block.ms")) options.max_block = *limit;
  if (!has_any(given, "delivery.timeout.ms", "message.timeout.ms", "request.timeout.ms", "linger.ms")) {
    options.delivery_timeout = std::max(*limit, options.linger + Millis(1));
    client.request_timeout = options.delivery_timeout - options.linger;
  }
  return {finish(std::move(client), given), std::move(options)};
}

std::pair<ClientOptions, ConsumerOptions> session::consumer() const {
  const auto given = properties<ConsumerOptions, ProducerOptions>();
  auto [client, options] = ConsumerOptions::from_properties(given);
  return {finish(std::move(client), given), std::move(options)};
}

}  // namespace klamm::cli
