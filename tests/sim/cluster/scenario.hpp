// What one seed decides before anything runs: who takes part, with which options, and how rough it gets.
#pragma once

#include <cstdint>
#include <string>

#include "client/options.hpp"
#include "handoff/accumulator.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/network.hpp"

namespace klamm::sim {

struct scenario {
  int brokers = 1;
  int replication = 1;
  int partitions = 1;
  int producers = 1;
  int members = 1;

  /// The storm: how long, and the mean time between two faults.
  duration storm = std::chrono::seconds(8);
  duration calm = std::chrono::seconds(1);
  /// fsync=ack: then power may be cut as well.
  bool durable = true;
  bool power_cuts = true;
  network_conditions weather;
  disk_options disks;
  duration disk_delay = std::chrono::microseconds(200);
  std::uint64_t segment_bytes = 1 << 20;

  /// Mean time between two records of a producer, and how many follow each other at once.
  duration produce_pause = std::chrono::milliseconds(50);
  std::uint64_t produce_burst = 5;
  std::uint64_t largest_padding = 200;
  /// A producer that has as many records unresolved sends no more: what takes long is not what is looked for.
  std::size_t most_unresolved = 300;
  handoff::accumulator_options batching;
  client::producer_options producing;
  client::consumer_options consuming;
  client::connection_options connecting;
  duration poll_pause = std::chrono::milliseconds(50);
  duration commit_pause = std::chrono::milliseconds(500);
};

inline constexpr std::string_view topic_name = "orders";
inline constexpr std::string_view group_name = "billing";
inline constexpr std::uint16_t broker_port = 9092;

scenario make_scenario(std::uint64_t seed);

}  // namespace klamm::sim
