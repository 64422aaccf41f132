// What the machines of a client have counted, and how long things took: a snapshot, made when somebody wants one.
//
// Each machine counts what it sees anyhow, on the thread that it runs on: once a request, an answer, a batch, never once a record. What
// lies in the hand-off is not counted at all but looked up there when the snapshot is made (source_load, sink_load).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "client/batch_source.hpp"
#include "client/fetch_phase.hpp"
#include "client/fetch_sink.hpp"
#include "client/sample_window.hpp"
#include "link/transport.hpp"
#include "wire/api_key.hpp"

namespace klamm::client {

/// What went to brokers and came from them. Requests of the handshake (ApiVersions, SASL) count with their bytes alone.
struct traffic_counts {
  std::uint64_t requests = 0, responses = 0;
  /// Requests that were sent and had no answer; those of them whose time was up.
  std::uint64_t unanswered = 0, timed_out = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t connects = 0, disconnects = 0;

  traffic_counts& operator+=(const traffic_counts& other);
};

struct measured_broker {
  node_id node;
  link::endpoint at;
  std::size_t connections = 0, in_flight = 0, waiting = 0;
  traffic_counts traffic;
  std::map<wire::api_key, std::uint64_t> requests;
  /// Microseconds. Without the requests that a broker may hold back: fetches, and what a group sends.
  distribution round_trip;
  /// Milliseconds that the broker asked to be left alone (KIP-219); one sample for each answer that did.
  distribution throttle;
};

/// All brokers, those that are gone included.
struct measured_brokers {
  traffic_counts traffic;
  /// Requests that wait for whichever broker is ready first.
  std::size_t waiting = 0;
  std::vector<measured_broker> each;  // by node
};

struct measured_production {
  topic_partition at;
  node_id leader;
  /// Taken from the application and not drained; drained and not resolved.
  std::size_t waiting_records = 0, waiting_bytes = 0, in_flight_records = 0, in_flight_batches = 0;
  /// Drained: what was sent, once for each batch however often it was sent.
  std::uint64_t records = 0, bytes = 0, batches = 0;
  std::uint64_t acknowledged = 0;  // records
  std::uint64_t retries = 0, splits = 0;
  /// Microseconds from a batch's first record to its acknowledgement.
  distribution acknowledgement;
};

struct measured_topic {
  std::string topic;
  distribution batch_bytes, batch_records;
};

struct measured_producer {
  source_load load;
  producer_id id;
  producer_epoch epoch;
  std::vector<measured_topic> topics;           // by name
  std::vector<measured_production> partitions;  // by topic and partition
};

struct measured_consumption {
  topic_partition at;
  node_id leader;
  fetch_phase state{};
  bool paused = false;
  /// What is asked for next, what the loops have passed, what this consumer knows to be committed.
  offset fetching, position, committed;
  offset high_watermark, last_stable, log_start;
  std::optional<std::int64_t> lag;
  std::size_t waiting_records = 0, waiting_bytes = 0;
  /// Fetched for the application since the assignment.
  std::uint64_t records = 0, bytes = 0;
};

struct measured_consumer {
  std::uint64_t fetches = 0, records = 0, bytes = 0;
  /// Microseconds from a fetch to its answer, for which a broker may wait for records.
  distribution fetch_latency;
  std::uint64_t commits = 0, failed_commits = 0;
  std::uint64_t rebalances = 0;
  std::optional<duration> since_rebalance;
  bool in_group = false;
  std::size_t waiting_bytes = 0, leased_bytes = 0, prefetch_limit = 0;
  std::vector<measured_consumption> partitions;  // by topic and partition
};

struct measurements {
  instant taken;
  duration age{};
  /// Since the last answer to Metadata; none: there was none.
  std::optional<duration> metadata_age;
  std::size_t topics = 0;  // in the metadata
  measured_brokers brokers;
  std::optional<measured_producer> producer;
  std::optional<measured_consumer> consumer;
};

/// Who is told of measurements at an interval.
class measurement_sink {
 public:
  virtual ~measurement_sink() = default;
  virtual void measured(measurements what) = 0;
  /// The client is closed: nothing follows.
  virtual void over() = 0;
};

}  // namespace klamm::client
