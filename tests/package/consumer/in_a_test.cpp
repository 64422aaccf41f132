// An application's test: a cluster of klamm::testing, which throws the SDK's exceptions.
#include <iostream>

#include <klamm/klamm.hpp>
#include <klamm/testing.hpp>

int main() {
  klamm::testing::Cluster cluster;
  try {
    cluster.create_topic({.name = "no such name!"});
  } catch (const klamm::Exception&) {
    std::cout << "refused, ";
  }
  cluster.create_topic({.name = "orders", .partitions = 1});
  klamm::Producer(cluster.client()).send({.topic = "orders", .value = "one"}).get();
  std::cout << "then " << cluster.records("orders").size() << " record\n";
}
