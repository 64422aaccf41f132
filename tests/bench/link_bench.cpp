// What a connection costs: the product's machines and shell on both ends of a loopback socket.
//
//   link_bench [--json]
//
//   ping-pong    one request of 100 B in flight, answered with 100 B: the round trip's median and 99th percentile
//   pipelined    up to 64 requests of 100 B in flight: requests per second
//   upload       requests of 1 MiB, five in flight, small answers
//   download     small requests, five in flight, answers of 1 MiB
//
// Each once with both ends on one thread, and once with a thread for each end.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <fmt/format.h>

#include "link/client_connection.hpp"
#include "link/server_connection.hpp"
#include "net/driver.hpp"
#include "wire/messages/api_versions.hpp"

namespace klamm {
namespace {

using clock = std::chrono::steady_clock;

struct workload {
  const char* name;
  std::size_t request, answer;
  int in_flight;
  int count;
};

byte_chain filled(std::size_t size) {
  return byte_chain(buffer_slice::own(std::vector<std::byte>(size, std::byte{7})));
}

// Answers every request with as many bytes as the workload says.
class answering_end : public link::net_machine {
 public:
  explicit answering_end(std::size_t size) : answer_(filled(size)) {}

  mutable_bytes read_buffer(link::connection_id id) override { return connections_.at(id).read_buffer(); }
  time_point deadline() const override { return never; }
  void on(const link::net_event& event, instant now, link::net_effects& out) override {
    const link::server_output both{out, requests_};
    if (const auto* e = std::get_if<link::event::accepted>(&event))
      connections_.try_emplace(e->id, e->id, link::server_connection_options{.max_bytes = 64 << 20}, now);
    else if (const auto* e = std::get_if<link::event::received>(&event))
      connections_.at(e->id).on_received(e->count, now, both);
    else if (const auto* e = std::get_if<link::event::sent>(&event))
      connections_.at(e->id).on_sent(e->count, now, both);
    else if (const auto* e = std::get_if<link::event::closed>(&event))
      connections_.erase(e->id);
    if (!requests_.empty()) answer(now, out);
  }

 private:
  void answer(instant now, link::net_effects& out) {
    auto& connection = connections_.begin()->second;
    for (const auto& request : std::exchange(requests_, {})) {
      if (request.key() != wire::api_key::api_versions) {
        connection.reply_encoded(request.number, answer_, now, {out, requests_});
        continue;
      }
      wire::api_versions_response versions;
      versions.api_keys.push_back({wire::api_key::heartbeat, 0, 4, {}});
      connection.reply(request.number, versions, now, {out, requests_});
    }
  }

  byte_chain answer_;
  std::map<link::connection_id, link::server_connection> connections_;
  std::vector<link::incoming> requests_;
};

// Keeps as many requests in flight as the workload says, until all are answered.
class asking_end : public link::net_machine {
 public:
  asking_end(const workload& what, link::endpoint to, std::function<void()> done)
      : what_(what),
        body_(filled(what.request)),
        connection_(link::connection_id(1), std::move(to), {.max_in_flight = what.in_flight}),
        done_(std::move(done)) {
    took_.reserve(static_cast<std::size_t>(what.count));
  }

  void start(instant now, link::net_effects& out) { connection_.start(now, {out, settled_}); }
  mutable_bytes read_buffer(link::connection_id) override { return connection_.read_buffer(); }
  time_point deadline() const override { return connection_.deadline(); }
  void on(const link::net_event& event, instant now, link::net_effects& out) override {
    const link::client_output both{out, settled_};
    if (std::holds_alternative<link::event::connected>(event))
      connection_.on_connected(now, both);
    else if (const auto* e = std::get_if<link::event::received>(&event))
      connection_.on_received(e->count, now, both);
    else if (const auto* e = std::get_if<link::event::sent>(&event))
      connection_.on_sent(e->count, now, both);
    else if (const auto* e = std::get_if<link::event::closed>(&event))
      connection_.on_closed(e->why, now, both);
    for (auto& one : std::exchange(settled_, {})) one.handler(std::move(one.reply), now);
    if (connection_.ready()) ask(now, out);
  }

  std::vector<duration>& round_trips() { return took_; }
  clock::duration elapsed() const { return finished_ - began_; }

 private:
  void ask(instant now, link::net_effects& out) {
    if (asked_ == 0) began_ = clock::now();
    for (; asked_ < what_.count && connection_.can_send(now); ++asked_) {
      const auto sent = connection_.send_encoded(wire::api_key::heartbeat, 4, body_, {},
                                                 [this](link::reply&& reply, instant) { on_reply(reply); },
                                                 now, {out, settled_});
      if (!sent) std::abort();
    }
  }
  void on_reply(const link::reply& reply) {
    if (!reply.answer) std::abort();
    took_.push_back(reply.took);
    if (took_.size() < static_cast<std::size_t>(what_.count)) return;
    finished_ = clock::now();
    done_();
  }

  workload what_;
  byte_chain body_;
  link::client_connection connection_;
  std::vector<link::settled_request> settled_;
  std::function<void()> done_;
  int asked_ = 0;
  std::vector<duration> took_;
  clock::time_point began_, finished_;
};

double micros(duration d) { return std::chrono::duration<double, std::micro>(d).count(); }

void report(const workload& what, bool two_threads, asking_end& client, bool json) {
  auto& took = client.round_trips();
  std::ranges::sort(took);
  const auto p50 = micros(took[took.size() / 2]), p99 = micros(took[took.size() * 99 / 100]);
  const auto seconds = std::chrono::duration<double>(client.elapsed()).count();
  const auto rate = what.count / seconds;
  const auto megabytes = rate * static_cast<double>(what.request + what.answer) / 1e6;
  fmt::print(
      fmt::runtime(
          json ? "{{\"bench\":\"{}\",\"threads\":{},\"p50_us\":{:.1f},\"p99_us\":{:.1f},\"per_s\":{:.0f},"
                 "\"mb_per_s\":{:.0f}}}\n"
               : "{:<10} {} thread(s)  p50 {:8.1f} us  p99 {:8.1f} us  {:9.0f} /s  {:6.0f} MB/s\n"),
      what.name, two_threads ? 2 : 1, p50, p99, rate, megabytes);
}

void run(const workload& what, bool two_threads, bool json) {
  asio::io_context server_context(1), client_context(1);
  auto& at = two_threads ? client_context : server_context;
  answering_end server(what.answer);
  net::driver server_driver(server_context.get_executor(), server);
  const auto address = server_driver.listen(link::listener_id(0), {"127.0.0.1", 0});
  if (!address) std::abort();
  asking_end client(what, *address, [&] { at.stop(); });
  net::driver client_driver(at.get_executor(), client);
  client_driver.post([&](instant now, link::net_effects& out) { client.start(now, out); });
  std::thread other;
  if (two_threads) other = std::thread([&] { server_context.run(); });
  at.run();
  server_context.stop();
  if (other.joinable()) other.join();
  report(what, two_threads, client, json);
}

}  // namespace
}  // namespace klamm

int main(int count, char** arguments) {
  const bool json = count > 1 && std::strcmp(arguments[1], "--json") == 0;
  constexpr klamm::workload workloads[] = {{"ping-pong", 100, 100, 1, 50'000},
                                           {"pipelined", 100, 100, 64, 500'000},
                                           {"upload", 1 << 20, 100, 5, 4'000},
                                           {"download", 100, 1 << 20, 5, 4'000}};
  for (const auto& what : workloads)
    for (const bool two_threads : {false, true}) klamm::run(what, two_threads, json);
}
