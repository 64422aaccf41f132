// A broker inside the application's process.
#include <filesystem>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include <klamm/broker/broker.hpp>

#include "tests/unit/broker/server/temporary_directory.hpp"

namespace klamm::broker {
namespace {

using klamm::test::temporary_directory;

/// What the constructor throws; empty where it does not.
std::string refusal(BrokerOptions options) {
  try {
    const Broker broker(std::move(options));
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
  return {};
}

BrokerOptions in(const temporary_directory& directory) {
  BrokerOptions options;
  options.data_directory = directory.path();
  return options;
}

TEST_CASE("an embedded broker serves when its constructor returns, on a port of its own, and stops twice") {
  Broker first, second;
  CHECK(first.address().starts_with("127.0.0.1:"));
  CHECK(first.address() != second.address());
  CHECK(first.cluster_id() != second.cluster_id());
  first.stop();
  first.stop();
}

TEST_CASE("a data directory keeps its cluster's id, and belongs to one broker and one node at a time") {
  const temporary_directory directory;
  std::string cluster;
  {
    const Broker broker(in(directory));
    cluster = broker.cluster_id();
    CHECK(refusal(in(directory)).find("is in use by another broker") != std::string::npos);
  }
  auto other_node = in(directory);
  other_node.configs["node.id"] = "7";
  CHECK(refusal(other_node).find("belongs to node 1, not 7") != std::string::npos);
  CHECK(Broker(in(directory)).cluster_id() == cluster);
}

TEST_CASE("what is wrong with the options is said before anything starts") {
  BrokerOptions options;
  options.configs["num.partition"] = "3";
  CHECK(refusal(options) == "unknown configuration keys: num.partition");
  options.configs = {{"num.partitions", "none"}};
  CHECK(refusal(options).find("num.partitions") != std::string::npos);
  options = {};
  options.advertise = "nowhere";
  CHECK(refusal(options).find("\"nowhere\" is no host:port") != std::string::npos);
}

TEST_CASE("a port that is taken is named") {
  const Broker first;
  BrokerOptions options;
  options.port =
      static_cast<std::uint16_t>(std::stoi(first.address().substr(first.address().rfind(':') + 1)));
  CHECK(refusal(options).find(std::to_string(options.port)) != std::string::npos);
}

TEST_CASE("an address to advertise may be changed while it runs, and a wrong one changes nothing") {
  Broker broker;
  broker.advertise("localhost:19092");
  broker.advertise("");
  CHECK_THROWS_AS(broker.advertise("nowhere"), std::runtime_error);
}

}  // namespace
}  // namespace klamm::broker
