#include "cli/session.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <klamm/admin.hpp>
#include <klamm/error.hpp>

namespace klamm::cli {
namespace {

constexpr const char* default_bootstrap = "localhost:9092";

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

void session::declare_global_options(CLI::App& app) {
  app.add_option("-B,--bootstrap", bootstrap_,
                 "brokers to start from, HOST:PORT[,...] (default: $KLAMM_BOOTSTRAP, or localhost:9092)")
      ->check([](const std::string& text) { return text.empty() ? "expected HOST:PORT, not \"\"" : ""; });
  app.add_option("-X", settings_, "a client property, NAME=VALUE (Kafka's and librdkafka's names)")
      ->allow_extra_args(false);
  timeout_option_ =
      app.add_option("--timeout", timeout_seconds_, "how long an operation may take, in seconds")
          ->capture_default_str()
          ->check(CLI::PositiveNumber);
  app.add_flag("-v,--verbose", verbose_, "say on standard error what the client does");
}

void session::declare_output(CLI::App& command) {
  const std::map<std::string, output_form> forms{{"table", output_form::table}, {"json", output_form::json}};
  command.add_option("-o,--output", output_, "table or json")->transform(CLI::CheckedTransformer(forms));
}

Millis session::timeout() const { return Millis(static_cast<Millis::rep>(timeout_seconds_ * 1000)); }

std::map<std::string, std::string> session::properties() const {
  std::map<std::string, std::string> all;
  for (const auto& setting : settings_) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      throw CLI::ValidationError("-X", "expected NAME=VALUE, not \"" + setting + '"');
    all[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  if (!bootstrap_.empty()) {
    all["bootstrap.servers"] = bootstrap_;
  } else if (!all.contains("bootstrap.servers")) {
    const auto configured = from_environment("KLAMM_BOOTSTRAP");
    all["bootstrap.servers"] = configured.empty() ? default_bootstrap : configured;
  }
  if (!all.contains("client.id")) all["client.id"] = "kcli";
  return all;
}

ClientOptions session::finish(ClientOptions client) const {
  client.api_timeout = timeout();
  if (verbose_) {
    client.log_level = LogEvent::debug;
    client.log = [](const LogEvent& event) { std::cerr << event.where << ": " << event.what << '\n'; };
  }
  return client;
}

void session::reach(ClientOptions client) { Admin(std::move(client)).describe_cluster(); }

ClientOptions session::client() const { return consumer().first; }

std::pair<ClientOptions, ProducerOptions> session::producer() const {
  const auto given = properties();
  auto [client, options] = ProducerOptions::from_properties(given);
  const auto is_given = [&](auto... names) { return (given.contains(names) || ...); };
  // A record may outlast a broker's restart, unless the user sets a limit.
  if (timeout_option_->count() == 0) return {finish(std::move(client)), std::move(options)};
  if (!is_given("max.block.ms")) options.max_block = timeout();
  if (!is_given("delivery.timeout.ms", "message.timeout.ms", "request.timeout.ms", "linger.ms")) {
    options.delivery_timeout = std::max(timeout(), options.linger + Millis(1));
    client.request_timeout = options.delivery_timeout - options.linger;
  }
  return {finish(std::move(client)), std::move(options)};
}

std::pair<ClientOptions, ConsumerOptions> session::consumer() const {
  auto [client, options] = ConsumerOptions::from_properties(properties());
  return {finish(std::move(client)), std::move(options)};
}

}  // namespace klamm::cli
