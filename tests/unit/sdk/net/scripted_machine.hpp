// A machine whose side of the conversation a test writes down, and an executor to run it on.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "net/driver.hpp"

namespace klamm::test {

class scripted_machine : public link::net_machine {
 public:
  std::vector<std::string> heard;  // "received 3", "closed DISCONNECTED" ...
  std::map<link::connection_id, std::string> bytes;
  std::map<link::connection_id, std::size_t> sent;
  std::vector<link::connection_id> accepted, connected;
  std::vector<std::pair<link::connection_id, error>> closed;
  std::size_t ticks = 0;
  time_point wants_tick = never;
  std::size_t buffer_size = 64 * 1024;
  /// What the script does when an event was recorded.
  std::function<void(const link::net_event&, link::net_effects&)> react = [](auto&&, auto&&) {};

  mutable_bytes read_buffer(link::connection_id) override {
    buffer_.resize(buffer_size);
    return buffer_;
  }
  void on(const link::net_event& event, instant, link::net_effects& out) override {
    std::visit([this](const auto& e) { note(e); }, event);
    react(event, out);
  }
  time_point deadline() const override { return wants_tick; }

 private:
  void note(const link::event::accepted& e) { accepted.push_back(e.id), heard.push_back("accepted"); }
  void note(const link::event::connected& e) { connected.push_back(e.id), heard.push_back("connected"); }
  void note(const link::event::received& e) {
    bytes[e.id].append(as_text(bytes_view(buffer_).first(e.count)));
    heard.push_back("received");
  }
  void note(const link::event::sent& e) { sent[e.id] += e.count, heard.push_back("sent"); }
  void note(const link::event::closed& e) { closed.emplace_back(e.id, e.why), heard.push_back("closed"); }
  void note(const link::event::tick&) { ++ticks, wants_tick = never, heard.push_back("tick"); }

  std::vector<std::byte> buffer_;
};

inline byte_chain text(std::string_view what) { return byte_chain(buffer_slice::copy(as_bytes_view(what))); }

/// Runs until `done`, or fails the test after a time that only a hang takes.
inline void run_until(asio::io_context& context, const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    context.restart();
    context.run_one_for(std::chrono::seconds(1));
    REQUIRE(std::chrono::steady_clock::now() < give_up);
  }
}

/// Two machines on one thread, each with its driver.
struct net_fixture {
  asio::io_context context;
  scripted_machine server, client;
  net::driver server_driver, client_driver;
  link::endpoint address;

  explicit net_fixture(net::driver_options options = {})
      : server_driver(context.get_executor(), server, copy(options)),
        client_driver(context.get_executor(), client, copy(options)) {
    const auto bound = server_driver.listen(link::listener_id(0), {"127.0.0.1", 0});
    REQUIRE(bound);
    address = *bound;
  }

  void until(const std::function<bool()>& done) { run_until(context, done); }
  void decide(net::driver& on, link::net_effect what) {
    on.post([what = std::move(what)](instant, link::net_effects& out) mutable {
      out.push_back(std::move(what));
    });
  }
  /// Connects the client's connection 1 to the server.
  void connect() {
    decide(client_driver, link::effect::connect{link::connection_id(1), address});
    until([&] { return !client.connected.empty() && !server.accepted.empty(); });
  }

 private:
  static net::driver_options copy(const net::driver_options& from) {
    net::driver_options to;
    to.accept_backoff = from.accept_backoff;
    to.address_stagger = from.address_stagger;
    to.send_buffer = from.send_buffer;
    to.receive_buffer = from.receive_buffer;
    to.linger = from.linger;
    return to;
  }
};

}  // namespace klamm::test
