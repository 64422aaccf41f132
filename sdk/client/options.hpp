// What the machines are configured with: typed and already validated. The public options are turned into
// these.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/time.hpp"
#include "link/sasl.hpp"
#include "link/transport.hpp"

namespace klamm::client {

struct connection_options {
  std::vector<link::endpoint> bootstrap;
  std::string client_id = "klamm";
  std::string software_version;
  /// Null: brokers are not told who the client is.
  link::sasl_source sasl;
  duration request_timeout = millis(30'000);
  /// How long one address may take to connect before it counts as failed.
  duration connect_timeout = millis(10'000);
  duration idle_close = millis(540'000);
  backoff_options reconnect{millis(50), millis(1000)};
  backoff_options retry{millis(100), millis(1000)};
  duration metadata_max_age = millis(300'000);
  /// How long no broker may be reachable before the bootstrap servers are asked again (KIP-899, KIP-1102).
  duration rebootstrap_after = millis(300'000);
  /// Topics not used for this long are no longer asked for.
  duration topic_idle = millis(300'000);
};

enum class acks : std::int16_t { none = 0, leader = 1, all = -1 };

struct producer_options {
  acks required_acks = acks::all;
  bool idempotence = true;
  int max_in_flight = 5;
  std::size_t max_request_size = 1 << 20;
  duration delivery_timeout = millis(120'000);
  /// Empty: no transactions. They need idempotence.
  std::string transactional_id{};
  duration transaction_timeout = millis(60'000);
};

enum class isolation : std::int8_t { read_uncommitted = 0, read_committed = 1 };

/// Where a position starts when nothing else says so.
struct reset_policy {
  enum class kind { earliest, latest, none, by_duration };
  kind to = kind::latest;
  /// by_duration: the first record at or after now minus this (KIP-1106).
  duration back{};
};

/// How a group assigns. automatic: by its coordinator where that can (KIP-848), else as classic.
enum class membership_protocol { classic, consumer, automatic };

struct group_options {
  /// Empty: no group; offsets cannot be committed.
  std::string group_id;
  std::optional<std::string> instance_id;
  membership_protocol protocol = membership_protocol::classic;
  /// Of the classic protocol, in order of preference: "range", "roundrobin", "sticky", "cooperative-sticky".
  std::vector<std::string> assignors{"range", "cooperative-sticky"};
  /// Of the classic protocol; with the other one both are the coordinator's to say.
  duration session_timeout = millis(45'000);
  duration heartbeat_interval = millis(3'000);
  duration max_poll_interval = millis(300'000);
  /// How often the settled positions are committed; nothing: only on request.
  std::optional<duration> auto_commit{};
};

struct consumer_options {
  group_options group;
  /// For the group's assignment. Not told to who serves a fetch: a broker answers it with a nearer replica instead of records.
  std::string rack;
  reset_policy reset;
  isolation level = isolation::read_uncommitted;
  duration fetch_max_wait = millis(500);
  std::int32_t fetch_min_bytes = 1;
  std::int32_t fetch_max_bytes = 50 << 20;
  std::int32_t partition_fetch_bytes = 1 << 20;
};

struct core_options {
  connection_options connection;
  std::optional<producer_options> producer;
  std::optional<consumer_options> consumer;
  /// How often measurements are told, where somebody is told of them; nothing: never.
  std::optional<duration> measure_every;
  /// Whether brokers that want a producer's or a consumer's metrics get them (KIP-714).
  bool push_metrics = false;
};

}  // namespace klamm::client
