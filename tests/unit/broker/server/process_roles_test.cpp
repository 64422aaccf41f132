// What process.roles asks of the rest of a configuration: each rule is broken in its turn, and says what to do.
#include <doctest/doctest.h>

#include "broker/server/configuration.hpp"

namespace klamm::broker::server {
namespace {

result<server_options> options_of(meta::config_map configs) {
  std::vector<std::string> ignored;
  return make_options(std::move(configs), ignored);
}

/// What stands against it; empty where nothing does.
std::string fault(const meta::config_map& sound, const meta::config_map& instead) {
  auto configs = instead;
  configs.insert(sound.begin(), sound.end());
  const auto made = options_of(std::move(configs));
  return made ? "" : made.failure().message;
}

std::string only(std::string_view line) { return "the configuration has faults:\n  " + std::string(line); }

const meta::config_map controller_alone{{"process.roles", "controller"},
                                        {"node.id", "1"},
                                        {"listeners", "CONTROLLER://127.0.0.1:9093"},
                                        {"controller.quorum.voters", "1@127.0.0.1:9093"}};
const meta::config_map broker_alone{{"process.roles", "broker"},
                                    {"node.id", "7"},
                                    {"listeners", "PLAINTEXT://127.0.0.1:9092"},
                                    {"controller.quorum.voters", "1@127.0.0.1:9093"}};

TEST_CASE(
    "a controller alone has no listener for clients, and its quorum from the list, also where it is its only "
    "voter") {
  const auto made = options_of(controller_alone);
  REQUIRE(made);
  CHECK(!made->node.is_broker);
  CHECK(made->listeners.empty());
  REQUIRE(made->controller_listener);
  CHECK(made->controller_listener->port == 9093);
  CHECK(made->node.controller_listener == link::listener_id(0));
  REQUIRE(made->node.controllers.size() == 1);
}

TEST_CASE(
    "a broker alone is told of the controllers, and forms the same cluster as they without knowing them") {
  const auto made = options_of(broker_alone);
  REQUIRE(made);
  CHECK(made->node.is_broker);
  CHECK(!made->controller_listener);
  CHECK(made->listeners.size() == 1);
  CHECK(made->node.controllers.at(0).id == node_id(1));
  CHECK(made->node.new_cluster_id == options_of(controller_alone)->node.new_cluster_id);
}

TEST_CASE("a broker alone forms the same cluster as a node that is both, and alone in its quorum") {
  auto both = controller_alone;
  both["process.roles"] = "broker,controller";
  both["listeners"] = "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093";
  const auto made = options_of(both);
  REQUIRE(made);
  CHECK(made->node.controllers.empty());
  CHECK(made->node.new_cluster_id == options_of(broker_alone)->node.new_cluster_id);
}

TEST_CASE("servers to ask make do for voters, for either role") {
  const meta::config_map servers{{"controller.quorum.voters", ""},
                                 {"controller.quorum.bootstrap.servers", "127.0.0.1:9093"}};
  CHECK(fault(controller_alone, servers) == "");
  CHECK(fault(broker_alone, servers) == "");
  auto auto_join = servers;
  auto_join["controller.quorum.auto.join.enable"] = "true";
  CHECK(fault(controller_alone, auto_join) == "");
  CHECK(
      fault(broker_alone, auto_join) ==
      only(
          "controller.quorum.auto.join.enable: only a controller can vote, and process.roles has none: leave "
          "it out"));
}

TEST_CASE("a role has to be one, and at least one") {
  CHECK(fault(broker_alone, {{"process.roles", "brokre"}}).find("process.roles") != std::string::npos);
  CHECK(fault(broker_alone, {{"process.roles", ""}}) ==
        only("process.roles: say what the node is: broker, controller, or broker,controller"));
}

TEST_CASE("either role alone has to know its quorum") {
  CHECK(fault(controller_alone, {{"controller.quorum.voters", ""}}) ==
        only("process.roles: a controller alone has to know its quorum: set "
             "controller.quorum.bootstrap.servers or "
             "controller.quorum.voters"));
  CHECK(
      fault(broker_alone, {{"controller.quorum.voters", ""}}).find("a broker alone has to know its quorum") !=
      std::string::npos);
  CHECK(fault({}, {{"process.roles", "broker,controller"}}) == "");
}

TEST_CASE("who is a controller is one of the voters, a broker alone none") {
  CHECK(
      fault(controller_alone, {{"node.id", "2"}}) ==
      only(
          "controller.quorum.voters: node 2 is none of them, and with process.roles=controller it has to be: "
          "add it, or correct node.id"));
  CHECK(fault({}, {{"process.roles", "broker,controller"},
                   {"node.id", "9"},
                   {"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"},
                   {"controller.quorum.voters", "1@127.0.0.1:9093"}}) ==
        only("controller.quorum.voters: node 9 is none of them, and with process.roles=broker,controller it "
             "has to be: add it, or correct node.id"));
  CHECK(fault(broker_alone, {{"node.id", "1"}}) ==
        only("controller.quorum.voters: node 1 is one of them, and with process.roles=broker it is no "
             "controller: give the broker another node.id"));
}

TEST_CASE("a controller alone listens to controllers alone, a broker alone to clients alone") {
  CHECK(fault(controller_alone, {{"listeners", "CONTROLLER://:9093,PLAINTEXT://:9092"}}) ==
        only("listeners: PLAINTEXT://:9092 is for clients, and with process.roles=controller the node serves "
             "none: leave it out, or name it in controller.listener.names (CONTROLLER)"));
  CHECK(fault(controller_alone, {{"advertised.listeners", "PLAINTEXT://a:9092"}})
            .find("advertised.listeners: PLAINTEXT://a:9092 is for clients") != std::string::npos);
  CHECK(fault(broker_alone, {{"listeners", "CONTROLLER://:9093,PLAINTEXT://:9092"}}) ==
        only("listeners: CONTROLLER://:9093 is for controllers, by controller.listener.names, and with "
             "process.roles=broker the node is none: leave it out"));
  CHECK(fault(broker_alone, {{"listeners", "CONTROLLER://:9093"}}).find("no listener for clients") !=
        std::string::npos);
  CHECK(fault(controller_alone, {{"listeners", "ADMIN://:9093"}, {"controller.listener.names", "ADMIN"}}) ==
        "");
}

TEST_CASE("the controllers' listeners have a name") {
  CHECK(fault(broker_alone, {{"controller.listener.names", ""}}) ==
        only("controller.listener.names: say which listeners are the controllers'"));
}

}  // namespace
}  // namespace klamm::broker::server
