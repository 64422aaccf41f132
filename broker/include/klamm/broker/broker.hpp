// A broker inside your process: the same code as `klamm-broker`, on a thread of its own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <klamm/detail/config.hpp>

namespace klamm::broker {

struct BrokerOptions {
  /// Where to listen. Port 0 takes a free one: see Broker::address().
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  /// What clients are told to connect to, as `host:port`. Empty: the address that they dialled.
  std::string advertise;
  /// The data directory; made if missing. Empty: a temporary one, removed when the broker stops.
  std::string data_directory;
  /// More of the broker's configuration, in Apache Kafka's property names ("num.partitions": "3").
  std::map<std::string, std::string> configs;
};

/// Starts in the constructor, which returns when the broker serves, and stops in the destructor.
///
/// Errors: std::runtime_error, saying what and what to do: the directory belongs to another cluster or another process, the port is
/// taken, a configuration key is unknown or out of range. Members are safe from any thread.
class KLAMM_API Broker {
 public:
  explicit Broker(BrokerOptions options = {});
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// `host:port` to connect to.
  std::string address() const;
  std::string cluster_id() const;
  /// Tells clients another address from now on, as when a port was mapped after the start. Empty: the one they dialled.
  void advertise(const std::string& address);
  /// Closes connections and logs cleanly. Idempotent; the destructor does it too.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace klamm::broker
