// Connections to other nodes, against the other end's own connection machine.
#include "broker/peer/links.hpp"

#include <set>

#include <doctest/doctest.h>

#include "link/server_connection.hpp"
#include "tests/unit/sdk/link/script.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/broker_heartbeat.hpp"

namespace klamm::broker::peer {
namespace {

using namespace std::chrono_literals;
using heartbeat_result = result<wire::broker_heartbeat_response>;

/// A node's links, and the nodes at the other end.
struct peers_fixture {
  peers_fixture() { by.set_controllers({{node_id(2), {"two", 9093}}}); }

  void heartbeat(lane on = lane::liveness, duration timeout = 1s) {
    by.send({node_id(2), on},
            make_request(wire::broker_heartbeat_request(), timeout,
                         [this](const heartbeat_result& came) { answers.push_back(came.code()); }),
            now.steady);
    run();
  }
  /// Lets everything happen that takes no time.
  void run() {
    for (int i = 0; i < 20; ++i) {
      by.pump(now, net);
      for (auto& effect : std::exchange(net, {})) std::visit([this](auto& e) { carry_out(e); }, effect);
    }
  }
  void pass(duration time) {
    now.steady += time;
    by.tick(now, net);
    run();
  }
  void answer_all() {
    for (auto& [id, number] : std::exchange(asked, {})) {
      wire::broker_heartbeat_response response;
      server(id, [&](auto& s, auto out) { s.reply(number, response, now, out); });
    }
    run();
  }
  void lose_all() {
    auto lost = std::exchange(servers, {});
    for (auto& [id, s] : lost)
      by.on(link::event::closed{id, error(error_code::disconnected, "reset")}, now, net);
    run();
  }

  bool up = true, silent = false;
  instant now{time_point(1h), timestamp(0)};
  std::vector<error_code> answers;
  std::vector<std::pair<link::connection_id, link::request_number>> asked;
  std::set<std::string> dialled;
  int connects = 0;
  std::map<link::connection_id, link::server_connection> servers;
  links by{{"node-1"}, rng(1), silent_log()};
  link::net_effects net;

 private:
  template <class Call>
  void server(link::connection_id id, Call call) {
    const auto at = servers.find(id);
    if (at == servers.end()) return;
    link::net_effects sent;
    std::vector<link::incoming> requests;
    call(at->second, link::server_output{sent, requests});
    for (auto& request : requests) take(id, std::move(request));
    for (auto& effect : sent)
      if (auto* const send = std::get_if<link::effect::send>(&effect)) deliver(id, send->bytes.flatten());
  }
  void take(link::connection_id id, link::incoming request) {
    if (request.key() != wire::api_versions_request::api)
      return asked.emplace_back(id, request.number), void();
    wire::api_versions_response versions;
    versions.api_keys.push_back({wire::broker_heartbeat_request::api, 0, 2, {}});
    if (!silent) server(id, [&](auto& s, auto out) { s.reply(request.number, versions, now, out); });
  }
  void deliver(link::connection_id id, bytes_view bytes) {
    while (!bytes.empty() && by.owns(id)) {
      const auto room = by.read_buffer(id);
      const auto count = std::min(room.size(), bytes.size());
      std::copy_n(bytes.begin(), count, room.begin());
      by.on(link::event::received{id, count}, now, net);
      bytes = bytes.subspan(count);
    }
  }
  void carry_out(link::effect::connect& e) {
    ++connects;
    dialled.insert(e.to.host);
    if (!up) return by.on(link::event::closed{e.id, error(error_code::connect_failed, "refused")}, now, net);
    servers.try_emplace(e.id, e.id, link::server_connection_options{}, now);
    by.on(link::event::connected{e.id, e.to, {}}, now, net);
  }
  void carry_out(link::effect::send& e) {
    const auto bytes = e.bytes.flatten();
    by.on(link::event::sent{e.id, bytes.size()}, now, net);
    server(e.id, [&](auto& s, auto out) {
      test::feed(s, bytes, [&](std::size_t n) { s.on_received(n, now, out); });
    });
  }
  void carry_out(link::effect::close& e) { servers.erase(e.id); }
  void carry_out(link::effect::pause_reading&) {}
  void carry_out(link::effect::resume_reading&) {}
};

TEST_CASE("requests share a lane's connection, and each lane has its own") {
  peers_fixture f;
  f.heartbeat();
  f.heartbeat();
  f.heartbeat(lane::forwarding);
  CHECK(f.connects == 2);
  CHECK(f.asked.size() == 3);
  CHECK(f.answers.empty());
  f.answer_all();
  CHECK(f.answers == std::vector(3, error_code::none));
}

TEST_CASE("a node that is not there fails what waits for it, and is left alone for a while") {
  peers_fixture f;
  f.up = false;
  f.heartbeat();
  CHECK(f.answers == std::vector{error_code::connect_failed});
  f.heartbeat();
  CHECK(f.connects == 1);  // it waits for the backoff
  CHECK(f.answers.size() == 1);
  f.up = true;
  f.pass(100ms);
  CHECK(f.connects == 2);
  f.answer_all();
  CHECK(f.answers.back() == error_code::none);
}

TEST_CASE("a request without a connection in time fails, and so does one whose connection is lost") {
  peers_fixture f;
  f.silent = true;
  f.heartbeat(lane::liveness, 200ms);
  CHECK(f.answers.empty());
  f.pass(200ms);
  CHECK(f.answers == std::vector{error_code::request_timed_out});

  peers_fixture g;
  g.heartbeat();
  g.lose_all();
  CHECK(g.answers == std::vector{error_code::disconnected});
}

TEST_CASE("a node without an address is not waited for; one that moved is found where it is now") {
  peers_fixture f;
  f.by.set_controllers({});
  f.heartbeat();
  CHECK(f.answers == std::vector{error_code::connect_failed});
  f.by.set_controllers({{node_id(2), {"two", 9093}}});
  f.heartbeat();
  f.answer_all();
  f.by.set_controllers({{node_id(2), {"elsewhere", 9093}}});
  f.run();
  f.heartbeat();
  f.answer_all();
  CHECK(f.dialled == std::set<std::string>{"two", "elsewhere"});
  CHECK(f.answers.back() == error_code::none);
}

TEST_CASE("closing answers everybody") {
  peers_fixture f;
  f.heartbeat();
  f.up = false;
  f.heartbeat(lane::decisions);
  f.by.close(f.now, f.net);
  CHECK(f.answers.size() == 2);
  CHECK(f.by.deadline() == never);
}

}  // namespace
}  // namespace klamm::broker::peer
