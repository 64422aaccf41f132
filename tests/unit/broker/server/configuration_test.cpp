// Kafka's property files, and what a node makes of them.
#include "broker/server/configuration.hpp"

#include <doctest/doctest.h>

namespace klamm::broker::server {
namespace {

std::string fault(meta::config_map configs) {
  std::vector<std::string> ignored;
  const auto options = make_options(std::move(configs), ignored);
  return options ? "" : options.failure().message;
}

TEST_CASE("a property file: comments, both separators, continued lines, the last of a key counts") {
  const auto read = parse_properties(
      "# a comment\n! another\n\nnode.id = 3\nlog.dirs:/data\r\nlisteners=PLAINTEXT://a:1,\\\n   "
      "PLAINTEXT://b:2\nnode.id=4\nempty=\n");
  REQUIRE(read);
  CHECK(*read == meta::config_map{{"empty", ""},
                                  {"listeners", "PLAINTEXT://a:1,PLAINTEXT://b:2"},
                                  {"log.dirs", "/data"},
                                  {"node.id", "4"}});
}

TEST_CASE("a line that is no property is named by its number") {
  const auto read = parse_properties("node.id=1\nnonsense\n");
  REQUIRE(!read);
  CHECK(read.code() == error_code::invalid_config);
  CHECK(read.failure().message == "line 2: expected key=value, found \"nonsense\"");
}

TEST_CASE("an address: a port is needed, brackets hold IPv6, no host is loopback") {
  CHECK(parse_endpoint("kafka.example:9092")->host == "kafka.example");
  CHECK(parse_endpoint("[::1]:9092")->host == "::1");
  CHECK(parse_endpoint(":9092")->host == "127.0.0.1");
  for (const auto wrong : {"kafka.example", "kafka.example:", "kafka.example:x", "kafka.example:70000", ""})
    CHECK(!parse_endpoint(wrong));
}

TEST_CASE("Kafka's keys make a node; those that it does not follow are named and left out") {
  std::vector<std::string> ignored;
  const auto options = make_options({{"listeners", "CONTROLLER://:9093,PLAINTEXT://127.0.0.1:0"},
                                     {"advertised.listeners", "PLAINTEXT://kafka.example:19092"},
                                     {"log.dirs", "/data"},
                                     {"metadata.log.dir", "/metadata"},
                                     {"num.partitions", "4"},
                                     {"no.such.key", "1"}},
                                    ignored);
  REQUIRE(options);
  CHECK(ignored == std::vector<std::string>{"no.such.key"});
  CHECK(options->node.data_directory == "/data");
  CHECK(options->node.metadata_directory == "/metadata");
  REQUIRE(options->listeners.size() == 1);
  CHECK(options->listeners.front().port == 0);
  REQUIRE(options->node.advertised);
  CHECK(options->node.advertised->host == "kafka.example");
  CHECK(options->node.configs.at("num.partitions") == "4");
  CHECK(!options->node.configs.contains("no.such.key"));
}

TEST_CASE("older names in other units set the newer ones, which win where both are given") {
  std::vector<std::string> ignored;
  const auto options = make_options(
      {{"broker.id", "8"}, {"log.retention.hours", "2"}, {"log.roll.hours", "1"}, {"log.roll.ms", "5000"}},
      ignored);
  REQUIRE(options);
  CHECK(ignored.empty());
  CHECK(options->node.configs.at("node.id") == "8");
  CHECK(options->node.configs.at("log.retention.ms") == "7200000");
  CHECK(options->node.configs.at("log.roll.ms") == "5000");
}

TEST_CASE("an older name with a value that is no number of its size is refused, not taken as 0") {
  const auto refused = [](std::string key, std::string value) {
    std::vector<std::string> ignored;
    const auto options = make_options({{key, std::move(value)}}, ignored);
    return !options && options.failure().message.find(key) != std::string::npos;
  };
  CHECK(refused("log.retention.hours", "0005167760026245617018"));  // times 3,600,000 it overflowed
  CHECK(refused("log.retention.hours", "2147483648"));
  CHECK(refused("log.retention.minutes", "many"));  // retention 0 would delete everything
  CHECK(refused("broker.id", ""));
  CHECK_FALSE(refused("log.retention.hours", "2147483647"));
}

TEST_CASE("all faults of a configuration are in one error") {
  const auto said =
      fault({{"num.partitions", "many"}, {"listeners", "PLAINTEXT://nowhere"}, {"log.dirs", "/a,/b"}});
  for (const auto part : {"num.partitions", "listeners: \"nowhere\" is no host:port",
                          "log.dirs: exactly one directory is supported"})
    CHECK_MESSAGE(said.find(part) != std::string::npos, said);
}

TEST_CASE("no cluster's id begins with '-', which command lines take for an option") {
  for (std::uint16_t port = 1; port <= 300; ++port) {
    const raft::voter only{node_id(1), {}, "CONTROLLER", "localhost", port};
    const auto id = cluster_id_of({&only, 1});
    CHECK(id.size() == 22);
    CHECK(id.front() != '-');
  }
}

}  // namespace
}  // namespace klamm::broker::server
