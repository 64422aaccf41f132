// Creates topics, and prints how far groups are behind.
#include <iostream>

#include <klamm/klamm.hpp>

int main(int argc, char** argv) {
  klamm::Admin admin(argc > 1 ? argv[1] : "localhost:9092");
  const int replication = argc > 2 ? std::stoi(argv[2]) : 3;
  auto made = admin.create_topics({{.name = "orders",
                                    .partitions = 12,
                                    .replication = replication,
                                    .configs = {{"retention.ms", "86400000"}}},
                                   {.name = "audit", .partitions = 1, .replication = replication}});
  for (auto& [name, outcome] : made)
    if (!outcome && outcome.error() != klamm::errc::topic_already_exists)
      std::cerr << name << ": " << outcome.error() << '\n';
  for (auto& [group, partitions] : admin.group_lag({"billing", "copier"}).values())
    for (auto& p : partitions)
      std::cout << group << ' ' << p.at.topic << '/' << p.at.partition.value << " lag " << p.lag << '\n';
}
