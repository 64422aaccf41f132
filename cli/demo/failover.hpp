// The part of the demo that goes wrong on purpose: the broker that leads is killed, others lead, it comes back and catches up.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include <klamm/admin.hpp>

#include "cli/demo/broker_cluster.hpp"
#include "cli/demo/silence.hpp"

namespace klamm::cli::demo {

class failover {
 public:
  using say = std::function<void(const std::string& line)>;

  failover(broker_cluster& brokers, const ClientOptions& client, std::string topic, silence& heard,
           std::stop_token stop, say to)
      : brokers_(brokers),
        admin_(client),
        topic_(std::move(topic)),
        silence_(heard),
        stop_(std::move(stop)),
        say_(std::move(to)) {}

  /// Returns when the broker is in sync again. Throws what an Admin throws, and std::runtime_error.
  void run();

 private:
  using condition = std::function<bool(const PartitionDescription&)>;
  TopicDescription describe();
  /// Asks again and again until it holds for every partition, or the user stops it.
  void wait_until_all(const condition& holds);

  broker_cluster& brokers_;
  Admin admin_;
  std::string topic_;
  silence& silence_;
  std::stop_token stop_;
  say say_;
};

}  // namespace klamm::cli::demo
