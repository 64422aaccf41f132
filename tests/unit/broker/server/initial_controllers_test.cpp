// --initial-controllers: what a list has to be, and what it makes of a node.
#include "broker/server/initial_controllers.hpp"

#include <doctest/doctest.h>

#include "broker/server/configuration.hpp"

namespace klamm::broker::server {
namespace {

constexpr std::string_view first = "AAAAAAAAAAAAAAAAAAABAQ", second = "AAAAAAAAAAAAAAAAAAACAg";
const std::string list = "1@a:9093:" + std::string(first) + ", 2@[::1]:9094:" + std::string(second);

const meta::config_map node_two{{"node.id", "2"},
                                {"process.roles", "controller"},
                                {"listeners", "CONTROLLER://127.0.0.1:9094"},
                                {"controller.quorum.bootstrap.servers", "a:9093"}};

server_options options_of(const meta::config_map& configs) {
  std::vector<std::string> ignored;
  auto made = make_options(configs, ignored);
  REQUIRE_MESSAGE(made, made.failure().message);
  return std::move(*made);
}

/// What stands against the list for that node; empty where nothing does.
std::string fault(std::string_view of, const meta::config_map& configs = node_two) {
  auto options = options_of(configs);
  const auto done = begin_with_controllers(of, options);
  return done ? "" : done.failure().message;
}

bool says(const std::string& message, std::string_view part) {
  return message.find(part) != std::string::npos;
}

TEST_CASE("the first controllers: who they are, where, and in which directory") {
  const auto all = parse_initial_controllers(list, "CONTROLLER");
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  const auto& other = all->at(1);
  CHECK(other.id == node_id(2));
  CHECK(other.host == "::1");
  CHECK(other.port == 9094);
  CHECK(other.listener == "CONTROLLER");
  CHECK(to_string(other.directory) == second);
}

TEST_CASE("a node that is one of them begins its log, and joins nobody; all of them form one cluster") {
  auto options = options_of(node_two);
  CHECK(options.node.joins);
  REQUIRE(begin_with_controllers(list, options));
  CHECK(!options.node.joins);
  CHECK(options.node.controllers.empty());
  CHECK(options.node.initial_controllers.size() == 2);
  auto configs = node_two;
  configs["node.id"] = "1";
  auto other = options_of(configs);
  REQUIRE(begin_with_controllers(list, other));
  CHECK(other.node.new_cluster_id == options.node.new_cluster_id);
  // The same nodes with other directories are another cluster.
  REQUIRE(begin_with_controllers("2@[::1]:9094:" + std::string(second), other = options_of(node_two)));
  CHECK(other.node.new_cluster_id != options.node.new_cluster_id);
}

TEST_CASE("what is no list of controllers is named") {
  for (const auto wrong : {"2@a:9094", "2@a:AAAAAAAAAAAAAAAAAAACAg", "a:9094:AAAAAAAAAAAAAAAAAAACAg", "2",
                           "-2@a:9094:AAAAAAAAAAAAAAAAAAACAg", "2@a:9094:AAAA",
                           "2@a:9094:AAAAAAAAAAAAAAAAAAAAAA", "2@a:9094:AAAAAAAAAAAAAAAAAAAAAQ"})
    CHECK_MESSAGE(says(fault(wrong), "\"" + std::string(wrong) + "\" is no ID@HOST:PORT:DIRECTORY"), wrong);
  CHECK(says(fault(list + ",2@c:1:AAAAAAAAAAAAAAAAAAADAw"), "has the id or the directory of another"));
  CHECK(says(fault(list + ",3@c:1:" + std::string(first)), "has the id or the directory of another"));
  CHECK(says(fault(","), "there is none"));
}

TEST_CASE("a node that is none of them, or whose configuration says otherwise, is refused") {
  auto configs = node_two;
  SUBCASE("another node") {
    configs["node.id"] = "3";
    CHECK(says(fault(list, configs), "node 3 is none of them"));
  }
  SUBCASE("voters are configured") {
    configs.erase("controller.quorum.bootstrap.servers");
    configs["controller.quorum.voters"] = "2@a:9094,7@b:1";
    CHECK(says(fault(list, configs), "controller.quorum.voters says already who the controllers are"));
  }
  SUBCASE("a broker alone") {
    configs["process.roles"] = "broker";
    configs["listeners"] = "PLAINTEXT://127.0.0.1:9092";
    CHECK(says(fault(list, configs), "process.roles=broker is no controller"));
  }
  SUBCASE("no listener for the others") {
    configs["process.roles"] = "broker,controller";
    configs["listeners"] = "PLAINTEXT://127.0.0.1:9092";
    CHECK(says(fault(list, configs), "listeners has no CONTROLLER://HOST:PORT"));
  }
}

}  // namespace
}  // namespace klamm::broker::server
