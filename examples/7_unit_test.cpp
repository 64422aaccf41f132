// A unit test with a cluster inside the process, and faults.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <klamm/klamm.hpp>
#include <klamm/testing.hpp>

/// What is tested: it knows nothing of the test.
class Shop {
 public:
  explicit Shop(klamm::ClientOptions cluster) : orders_(std::move(cluster)) {}
  void place(std::string_view order) { orders_.send({.topic = "orders", .value = order}).get(); }

 private:
  klamm::Producer orders_;
};

TEST_CASE("orders are stored once, though a reply is lost and a broker dies") {
  klamm::testing::Cluster cluster(3);  // real brokers, ready in milliseconds
  cluster.create_topic({.name = "orders", .partitions = 1, .replication = 3});
  cluster.lose_reply(klamm::testing::Api::produce, {.times = 2, .topic = "orders"});
  Shop shop(cluster.client());  // the code under test, unchanged
  shop.place("42");
  cluster.kill(klamm::NodeId{1});
  shop.place("43");
  auto stored = cluster.records("orders");
  CHECK((stored.size() == 2 && stored[0].value == "42" && stored[1].value == "43"));
}
