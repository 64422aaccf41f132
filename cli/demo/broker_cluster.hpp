// Three brokers, each a process of its own and a voter of the metadata quorum.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include <klamm/types.hpp>

#include "cli/demo/broker_process.hpp"
#include "cli/demo/reserved_port.hpp"

namespace klamm::cli::demo {

class broker_cluster {
 public:
  static constexpr int size = 3;
  /// Without a heartbeat for so long a broker is fenced: a third of Kafka's default, so that nobody waits for long.
  static constexpr std::chrono::milliseconds session_timeout{3'000};

  /// `binary` is klamm-broker. Nothing runs yet.
  broker_cluster(const std::string& binary, const std::filesystem::path& directory);

  /// Returns how long it took until all of them serve. Throws std::runtime_error with the end of a broker's output.
  std::chrono::milliseconds start();
  /// kill -9.
  void kill(NodeId node) { at(node).kill(); }
  /// On the same ports and data; returns how long it took until it serves.
  std::chrono::milliseconds restart(NodeId node);

  /// What clients bootstrap from.
  std::string addresses() const;

 private:
  struct ports {
    reserved_port clients, controllers;
  };
  std::vector<std::string> command(const std::string& binary, int node) const;
  broker_process& at(NodeId node) { return brokers_.at(static_cast<std::size_t>(node.value - 1)); }

  std::array<ports, size> ports_;
  std::deque<broker_process> brokers_;
};

}  // namespace klamm::cli::demo
