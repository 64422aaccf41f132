// What a client does and has, in numbers: a snapshot that `metrics()` gives at any time, and
// ClientOptions::on_metrics at an interval. docs/metrics.md names each figure as Prometheus, Kafka and
// librdkafka do.
//
// Counters begin with the client, and only grow. They are kept by the thread that does the client's input
// and output, once a request or a batch, and never once a record.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <klamm/types.hpp>

namespace klamm {
inline namespace v1 {

/// How the samples of one kind are spread: times, or sizes in the unit that the field names.
template <class T>
struct Distribution {
  std::uint64_t count = 0;  ///< of all samples since the client was made
  T sum{};                  ///< of all samples
  /// Of the last half to whole minute; all that follows are those samples', and 0 without one.
  std::uint64_t recent = 0;
  T min{}, max{}, mean{};
  /// The nearest rank, exact below 128 and right to one part in 128 above.
  T p50{}, p75{}, p90{}, p95{}, p99{}, p99_99{};
};
using Latency = Distribution<std::chrono::microseconds>;

/// What went to brokers and came from them.
struct Traffic {
  /// Without those that open a connection (ApiVersions, SASL), whose bytes are counted.
  std::uint64_t requests = 0, responses = 0;
  std::uint64_t unanswered = 0;  ///< requests that were sent, and whose answer will not come
  std::uint64_t timed_out = 0;   ///< those of them that waited for request_timeout
  std::uint64_t bytes_sent = 0, bytes_received = 0;  ///< before encryption
  std::uint64_t connects = 0;                        ///< attempts
  std::uint64_t disconnects = 0;                     ///< attempts that failed, and connections that were lost
};

/// One broker that was connected to, over all connections.
struct BrokerMetrics {
  NodeId node;                  ///< -2 and below: a bootstrap server, whose id is not asked for
  std::string address{};        ///< "host:port"
  std::size_t connections = 0;  ///< that are ready
  std::size_t in_flight = 0;    ///< requests without an answer so far
  std::size_t waiting = 0;      ///< requests that are not sent yet
  Traffic traffic{};
  /// How many requests of each API, by Kafka's name: "Produce", "Metadata"...
  std::map<std::string, std::uint64_t> requests{};
  /// From a request to its answer, without those that a broker may hold back: fetches and what a group sends.
  Latency round_trip{};
  /// How long the broker asked for silence (quotas, KIP-219): a sample for each answer that did.
  Distribution<Millis> throttle{};
};

struct ProducerTopicMetrics {
  std::string topic{};
  Distribution<std::uint64_t> batch_bytes{};  ///< compressed, with their header
  Distribution<std::uint64_t> batch_records{};
};

struct ProducerPartitionMetrics {
  TopicPartition at{};
  NodeId leader;
  /// Taken by `send` and not on their way: bytes before compression as long as their batch is open.
  std::size_t waiting_records = 0, waiting_bytes = 0;
  std::size_t in_flight_records = 0, in_flight_batches = 0;  ///< on their way, or waiting to be tried again
  /// That went on their way, each once however often it was sent.
  std::uint64_t records = 0, bytes = 0, batches = 0;
  std::uint64_t acknowledged_records = 0;
  std::uint64_t retries = 0;  ///< batches that were sent again
  std::uint64_t splits = 0;   ///< batches that were too large for the broker
  /// From a batch's first record to its acknowledgement: linger, waiting and retries included.
  Latency acknowledgement{};
};

struct ProducerMetrics {
  std::uint64_t memory_used = 0,
                memory_limit = 0;      ///< bytes of buffer_memory, of records that are not resolved
  std::size_t waiting_senders = 0;     ///< threads that wait in `send` for memory
  std::uint64_t records_taken = 0;     ///< by `send`
  std::uint64_t records_resolved = 0;  ///< stored or failed
  std::uint64_t records_failed = 0;
  std::int64_t producer_id = -1;  ///< -1: none yet, or not idempotent
  int producer_epoch = -1;
  std::vector<ProducerTopicMetrics> topics{};          ///< by name
  std::vector<ProducerPartitionMetrics> partitions{};  ///< by topic and partition
};

struct ConsumerPartitionMetrics {
  /// `committed` and `reset`: looking for where to start. `validate`: asking whether the log was truncated.
  enum class State { committed, reset, validate, fetch, stopped };

  TopicPartition at{};
  NodeId leader;
  State state{};
  bool paused = false;
  Offset fetching;   ///< the next one to ask a broker for
  Offset position;   ///< the first one that no loop has passed
  Offset committed;  ///< by this consumer, or before it was assigned; -1: nothing, or not known
  Offset high_watermark, last_stable, log_start;  ///< as last fetched
  /// Offsets between the position and the end that this consumer may see; empty until it is known.
  std::optional<std::int64_t> lag{};
  std::size_t waiting_records = 0, waiting_bytes = 0;  ///< fetched and not handed out
  std::uint64_t records = 0, bytes = 0;                ///< fetched since the assignment
};

struct ConsumerMetrics {
  std::uint64_t fetches = 0;  ///< that were answered
  /// In whole batches, without those of aborted transactions under read_committed.
  std::uint64_t records = 0, bytes = 0;
  /// From a fetch to its answer: a broker without records lets it lie, for up to fetch_max_wait.
  Latency fetch_latency{};
  std::uint64_t commits = 0, failed_commits = 0;
  std::uint64_t rebalances = 0;                         ///< changes of what the group assigns to this member
  std::optional<Millis> since_rebalance{};              ///< empty: there was none
  bool in_group = false;                                ///< subscribed, not assigned by hand
  std::uint64_t waiting_bytes = 0, prefetch_limit = 0;  ///< fetched and not handed out, of `prefetch`
  std::uint64_t leased_bytes = 0;                       ///< handed out to polls whose Records still live
  std::vector<ConsumerPartitionMetrics> partitions{};   ///< those assigned, by topic and partition
};

/// A snapshot of one client.
struct Metrics {
  enum class Kind { producer, consumer, admin };

  Kind kind{};
  std::string client_id{};
  Timestamp taken{};
  std::chrono::microseconds age{};       ///< of the client
  std::optional<Millis> metadata_age{};  ///< since a broker described the cluster; empty: none did yet
  std::size_t metadata_topics = 0;       ///< that the client knows
  std::size_t waiting = 0;               ///< requests for any broker that found none yet
  Traffic traffic{};                     ///< with all brokers, those that left the cluster included
  std::vector<BrokerMetrics> brokers{};  ///< by node
  std::optional<ProducerMetrics> producer{};
  std::optional<ConsumerMetrics> consumer{};
};

/// The snapshot in Prometheus' text format (version 0.0.4), each figure labelled with the client's id and
/// kind. A Distribution is a summary: its quantiles are of the last minute, its sum and count of all time.
KLAMM_API std::string prometheus(const Metrics& of);
/// Of several clients: one after the other is not valid in that format. Each needs a client_id of its own, or
/// is of another kind.
KLAMM_API std::string prometheus(std::span<const Metrics> of);

/// The snapshot as librdkafka's statistics: an object of its shape with those of its fields that are known
/// here, for what reads these already.
KLAMM_API std::string statistics_json(const Metrics& of);

}  // namespace v1
}  // namespace klamm
