// What one seed decides before anything runs: who takes part, with which options, and how rough it gets.
#pragma once

#include <cstdint>
#include <string>

#include "base/rng.hpp"
#include "client/options.hpp"
#include "handoff/accumulator.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/network.hpp"

namespace klamm::sim {

/// Of a cluster: so short that a storm of some seconds sees elections, fencing, and other in-sync replicas.
struct replication_times {
  millis quorum_election{300}, quorum_fetch{600}, quorum_request{500};
  millis broker_session{1500}, broker_heartbeat{300};
  millis replica_backoff{100};
};

/// What each broker has its own of, and sometimes others after a restart.
struct broker_habits {
  std::uint64_t segment_bytes = 1 << 20;
  /// Of the newest records: what is older is read from the disk.
  std::size_t tail_memory = 1 << 20;
  /// Bytes of metadata log after which a node writes a snapshot; 0: Kafka's default.
  std::int64_t metadata_between_snapshots = 0;
  millis replica_lag{1000}, replica_fetch_wait{200};
};

struct scenario {
  /// The brokers; more than one are a cluster. Each is a controller as well, unless there are controllers alone.
  int nodes = 1;
  /// Numbered behind the brokers.
  int controllers_alone = 0;
  int replication = 1;
  int min_insync = 1;
  replication_times times;
  int partitions = 1;
  int producers = 1;
  int members = 1;

  /// The storm: how long, and the mean time between two faults.
  duration storm = std::chrono::seconds(8);
  duration calm = std::chrono::seconds(1);
  /// fsync=ack: then power may be cut as well.
  bool durable = true;
  bool power_cuts = true;
  /// Bits turn on one disk at a time, of partitions that have a sound copy besides.
  bool bits_turn = false;
  network_conditions weather;
  disk_options disks;
  duration disk_delay = std::chrono::microseconds(200);
  /// How many requests of clients are answered wrongly in the storm, from 0 to 1.
  double wrong_answers = 0;

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
inline constexpr std::uint16_t broker_port = 9092, controller_port = 9093;

scenario make_scenario(std::uint64_t seed);
broker_habits make_habits(rng& random);

}  // namespace klamm::sim
