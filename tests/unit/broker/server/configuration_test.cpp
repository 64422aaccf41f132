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

TEST_CASE("the voters of the quorum: who they are, where, and that this node can be one of them") {
  std::vector<std::string> ignored;
  const auto made = make_options({{"node.id", "2"},
                                  {"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"},
                                  {"advertised.listeners", "CONTROLLER://kafka.example:19093"},
                                  {"controller.quorum.voters", "1@a:9093, 2@[::1]:9093"}},
                                 ignored);
  REQUIRE(made);
  REQUIRE(made->node.controllers.size() == 2);
  CHECK(made->node.controllers[0].host == "a");
  CHECK(made->node.controllers[1].id == node_id(2));
  CHECK(made->node.controllers[1].host == "::1");
  CHECK(made->node.controllers[1].listener == "CONTROLLER");
  CHECK(made->node.advertised_controller->host == "kafka.example");
  CHECK(!made->node.advertised);
  CHECK(!made->node.joins);
  CHECK(made->disk_threads == threads_among_others);
  CHECK(made->node.new_cluster_id == cluster_id_of(made->node.controllers));

  for (const auto wrong : {"1@a:9093,2", "x@a:9093", "-1@a:9093", "1@a", "1@a:x"})
    CHECK(fault({{"controller.quorum.voters", wrong}}).find("is no ID@HOST:PORT") != std::string::npos);
  CHECK(fault({{"controller.quorum.voters", "1@a:9093,2@b:9093,2@c:9093"}})
            .find("controller.quorum.voters: node 2 is there twice") != std::string::npos);
  CHECK(fault({{"node.id", "1"}, {"controller.quorum.voters", "1@a:9093,2@b:9093"}}) ==
        "the configuration has faults:\n  controller.quorum.voters: node 1 is one of them, and listeners has "
        "no "
        "CONTROLLER://HOST:PORT");
}

TEST_CASE("a quorum that this node is alone in needs no list, and no threads for its disk") {
  std::vector<std::string> ignored;
  for (const auto list : {"1@localhost:9093", ""}) {
    const auto made = make_options({{"controller.quorum.voters", list}}, ignored);
    REQUIRE(made);
    CHECK(made->node.controllers.empty());
    CHECK(made->node.new_cluster_id.empty());
    CHECK(made->disk_threads == 0);
  }
}

TEST_CASE("servers to ask for the quorum make a new directory one that joins") {
  std::vector<std::string> ignored;
  const auto made = make_options({{"controller.quorum.bootstrap.servers", "a:9093,b:9094"},
                                  {"controller.quorum.auto.join.enable", "true"}},
                                 ignored);
  REQUIRE(made);
  REQUIRE(made->node.bootstrap.size() == 2);
  CHECK(made->node.bootstrap[1].port == 9094);
  CHECK(made->node.joins);
  CHECK(made->node.auto_join);
  CHECK(made->disk_threads == threads_among_others);
  CHECK(!make_options({}, ignored)->node.auto_join);
  CHECK(fault({{"controller.quorum.bootstrap.servers", "a"}}).find("\"a\" is no host:port") !=
        std::string::npos);
  CHECK(fault({{"controller.quorum.bootstrap.servers", "a:1"}, {"controller.quorum.voters", "7@a:1"}})
            .find("controller.quorum.voters says already who the controllers are") != std::string::npos);
}

TEST_CASE("the metadata are apart from the data only where their directory is another one") {
  std::vector<std::string> ignored;
  CHECK(make_options({{"log.dir", "/data"}, {"metadata.log.dir", "/data"}}, ignored)
            ->node.metadata_directory.empty());
  CHECK(make_options({{"log.dir", "/data"}}, ignored)->node.metadata_directory.empty());
}

TEST_CASE(
    "times, sizes and rates of quorum and replication: the smallest that is taken, and nothing below it") {
  const std::pair<const char*, int> smallest[] = {{"broker.heartbeat.interval.ms", 1},
                                                  {"broker.session.timeout.ms", 1},
                                                  {"controller.quorum.election.timeout.ms", 0},
                                                  {"controller.quorum.fetch.timeout.ms", 0},
                                                  {"controller.quorum.request.timeout.ms", 0},
                                                  {"controller.quorum.retry.backoff.ms", 0},
                                                  {"follower.replication.throttled.rate", 0},
                                                  {"leader.imbalance.check.interval.seconds", 1},
                                                  {"leader.imbalance.per.broker.percentage", 0},
                                                  {"leader.replication.throttled.rate", 0},
                                                  {"metadata.log.max.record.bytes.between.snapshots", 1},
                                                  {"replica.fetch.backoff.ms", 0},
                                                  {"replica.fetch.max.bytes", 0},
                                                  {"replica.fetch.min.bytes", 0},
                                                  {"replica.fetch.response.max.bytes", 0},
                                                  {"replica.fetch.wait.max.ms", 0},
                                                  {"replica.lag.time.max.ms", 1},
                                                  {"replication.quota.window.num", 1},
                                                  {"replication.quota.window.size.seconds", 1}};
  for (const auto& [key, least] : smallest) {
    CHECK_MESSAGE(fault({{key, std::to_string(least)}}) == "", key);
    CHECK_MESSAGE(fault({{key, std::to_string(least - 1)}}).find(key) != std::string::npos, key);
    CHECK_MESSAGE(fault({{key, "soon"}}).find(key) != std::string::npos, key);
  }
  CHECK(fault({{"controller.quorum.auto.join.enable", "maybe"}}).find("controller.quorum.auto.join.enable") !=
        std::string::npos);
}

TEST_CASE("a listener that asks for TLS or SASL is refused, not served in plain text") {
  const auto refused = [](meta::config_map configs, const char* said) {
    return fault(std::move(configs)).find(said) != std::string::npos;
  };
  for (const std::string protocol : {"SSL", "SASL_PLAINTEXT", "SASL_SSL"})
    CHECK(refused({{"listeners", protocol + "://:9092"}},
                  ("listeners: " + protocol + "://:9092 asks for " + protocol).c_str()));
  CHECK(refused({{"listeners", "PLAINTEXT://:9092,ssl://:9093"}}, "ssl://:9093 asks for SSL"));
  CHECK(refused({{"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"},
                 {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT, controller:SASL_SSL"}},
                "CONTROLLER://:9093 asks for SASL_SSL"));
  CHECK(refused({{"advertised.listeners", "SSL://kafka.example:9093"}},
                "advertised.listeners: SSL://kafka.example:9093 asks for SSL"));
  CHECK(refused({{"listeners", "SSL://:9092"}, {"listener.security.protocol.map", "INSIDE:PLAINTEXT"}},
                "asks for SSL"));
  CHECK(fault({{"listeners", "INSIDE://:9092,OUTSIDE://:9093"},
               {"listener.security.protocol.map", "INSIDE:PLAINTEXT"}}) == "");
  CHECK(fault({{"listeners", "127.0.0.1:9092"}}) == "");
}

TEST_CASE("nobody is told to connect to port 0") {
  CHECK(fault({{"advertised.listeners", "PLAINTEXT://kafka.example:0"}}) ==
        "the configuration has faults:\n  advertised.listeners: nobody can connect to port 0 of "
        "PLAINTEXT://kafka.example:0: name the port");
  CHECK(fault({{"listeners", "PLAINTEXT://:0"}}) == "");
}

TEST_CASE("the memory for requests holds the largest that is allowed, or has no limit") {
  const auto with = [](const char* memory) {
    return fault({{"queued.max.request.bytes", memory}, {"socket.request.max.bytes", "1000"}});
  };
  CHECK(with("999").find("999 is less than socket.request.max.bytes, 1000") != std::string::npos);
  for (const auto* fits : {"1000", "0", "-1"}) CHECK(with(fits).empty());
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
