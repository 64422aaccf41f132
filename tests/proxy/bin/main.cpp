// klamm-proxy: makes the faults of a network happen between Kafka clients and one broker.
//
// SIGUSR1 pauses, SIGUSR2 resumes. SIGTERM or SIGINT ends it, and it prints what it did as one line of JSON.
#include <csignal>
#include <iostream>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "broker/server/configuration.hpp"
#include "broker/server/ready_file.hpp"
#include "broker/server/stop_signals.hpp"
#include "tests/proxy/frame_proxy.hpp"
#include "wire/api_table.hpp"

namespace {

using namespace klamm;
using namespace klamm::broker;

struct arguments {
  std::string broker, listen = "127.0.0.1:0", ready_file;
  std::vector<std::string> drop, copy;
  std::uint64_t reset_every = 0;
  std::int64_t delay_ms = 0, copy_late_ms = 200;
};

void declare(CLI::App& app, arguments& to) {
  app.add_option("--broker", to.broker,
                 "HOST:PORT to forward to, in numbers; it has to advertise the proxy's address")
      ->required();
  app.add_option("--listen", to.listen, "HOST:PORT to listen on; port 0 takes a free one, which is printed")
      ->capture_default_str();
  app.add_option("--ready-file", to.ready_file, "Written, with host:port, when clients can connect");
  app.add_option("--drop", to.drop,
                 "API:N, as Produce:37: of this API every Nth response is lost, with its connection");
  app.add_option("--copy", to.copy,
                 "API:N, as Produce:5: of this API every Nth request comes to the broker once more, late, on "
                 "another connection");
  app.add_option("--copy-late", to.copy_late_ms, "Milliseconds that a copy comes later")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--reset", to.reset_every, "Every Nth frame breaks off in its midst, in a reset");
  app.add_option("--delay", to.delay_ms, "Milliseconds that everything arrives later")
      ->check(CLI::NonNegativeNumber);
}

std::pair<wire::api_key, std::uint64_t> every_nth(const std::string& option, const std::string& text) {
  const auto colon = text.find(':');
  const auto* api = wire::find_api(std::string_view(text).substr(0, colon));
  if (!api)
    throw std::invalid_argument(option + " " + text + ": no API has this name; give one as Produce:37");
  const auto every = colon == std::string::npos ? 0 : std::atoll(text.c_str() + colon + 1);
  if (every <= 0)
    throw std::invalid_argument(option + " " + text + ": N is to be 1 or more, as in Produce:37");
  return {api->key, static_cast<std::uint64_t>(every)};
}

link::endpoint endpoint_of(const std::string& text) {
  const auto at = server::parse_endpoint(text);
  if (!at) throw std::invalid_argument(at.failure().message);
  return *at;
}

proxy::proxy_options options_of(const arguments& given) {
  proxy::proxy_options options;
  options.broker = endpoint_of(given.broker);
  options.listen = endpoint_of(given.listen);
  for (const auto& rule : given.drop) options.rules.drop_every.insert(every_nth("--drop", rule));
  for (const auto& rule : given.copy) options.copies.every.insert(every_nth("--copy", rule));
  options.copies.late = millis(given.copy_late_ms);
  options.rules.reset_every = given.reset_every;
  options.rules.delay = millis(given.delay_ms);
  return options;
}

nlohmann::json named(const std::map<wire::api_key, std::uint64_t>& by_api) {
  auto out = nlohmann::json::object();
  for (const auto& [key, count] : by_api) {
    const auto* api = wire::find_api(key);
    out[api ? std::string(api->name) : std::to_string(static_cast<int>(key))] = count;
  }
  return out;
}

nlohmann::json to_json(const proxy::counts& done) {
  return {{"connections", done.connections},  {"refused", done.refused},
          {"requests", named(done.requests)}, {"responses", named(done.responses)},
          {"dropped", named(done.dropped)},   {"resets", done.resets},
          {"copied", named(done.copied)}};
}

void pause_and_resume_by(asio::signal_set& signals, proxy::frame_proxy& by) {
  signals.async_wait([&](const std::error_code& ended, int signal) {
    if (ended) return;
    if (signal == SIGUSR1)
      by.pause();
    else
      by.resume();
    pause_and_resume_by(signals, by);
  });
}

int run(const arguments& given) {
  asio::io_context io(1);
  proxy::frame_proxy between(io.get_executor(), options_of(given));
  const auto bound = between.start();
  if (!bound) throw std::invalid_argument(bound.failure().message);
  asio::signal_set pausing(io, SIGUSR1, SIGUSR2);
  pause_and_resume_by(pausing, between);
  const server::stop_signals stopping(
      io.get_executor(), [&](int) { io.stop(); }, [](int signal) { std::_Exit(128 + signal); });
  fmt::print(stderr, "listening on {}:{}\n", bound->host, bound->port);
  if (!given.ready_file.empty())
    if (const auto written = server::write_ready_file(given.ready_file, {*bound}); !written)
      throw std::runtime_error(written.failure().message);
  io.run();
  std::cout << to_json(between.so_far()).dump() << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A proxy that makes the faults of a network happen", "klamm-proxy");
  arguments given;
  declare(app, given);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(given);
  } catch (const std::exception& failed) {
    fmt::print(stderr, "klamm-proxy: {}\n", failed.what());
    return 1;
  }
}
