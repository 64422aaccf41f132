// Options: plain aggregates, given in declaration order (`{.linger = 20ms}`) or field by field.
//
// Each field names its range, its default and its Kafka property; docs/configuration.md has them all as a
// table. A client's construction checks them together and throws one ConfigError that lists every fault.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <klamm/error.hpp>
#include <klamm/rebalance.hpp>
#include <klamm/record.hpp>
#include <klamm/types.hpp>

namespace klamm {
inline namespace v1 {

/// Something to run once.
using Task = std::function<void()>;

namespace detail {
struct ExecutorState;
KLAMM_API void retain(const ExecutorState*) noexcept;
KLAMM_API void release(const ExecutorState*) noexcept;
KLAMM_API Shared<const ExecutorState> make_executor(std::function<void(Task)> post);
struct QueueState;
KLAMM_API void retain(const QueueState*) noexcept;
KLAMM_API void release(const QueueState*) noexcept;
struct IoState;
KLAMM_API void retain(const IoState*) noexcept;
KLAMM_API void release(const IoState*) noexcept;
}  // namespace detail

/// Where callbacks run: anything that runs a Task later, such as a thread pool's `post`. Default: a thread of
/// the library's. There a callback that throws ends the process (std::terminate), as on any thread of the
/// library's; elsewhere its exception leaves the task, to whoever runs it.
class Executor {
 public:
  Executor() noexcept = default;
  /// `post(task)` has to run each task once, one after the other, and not inside the call.
  template <std::invocable<Task> F>
    requires(!std::same_as<std::remove_cvref_t<F>, Executor>)
  Executor(F post) : state_(detail::make_executor(std::move(post))) {}

  explicit operator bool() const noexcept { return static_cast<bool>(state_); }
  /// Precondition: it was given something.
  KLAMM_API void post(Task task) const;

 private:
  detail::Shared<const detail::ExecutorState> state_;
};

/// Callbacks for an event loop of any kind: `fd()` is readable while `run_ready()` has something to run.
/// Copies share.
class CallbackQueue {
 public:
  /// Throws std::system_error if the process has no descriptor left.
  KLAMM_API CallbackQueue();
  /// Poll it for reading; do not read it.
  KLAMM_API int fd() const noexcept;
  /// Runs what is ready and returns how much that was. An exception of a callback passes through; the rest
  /// stays queued.
  KLAMM_API std::size_t run_ready();
  KLAMM_API Executor executor() const;

 private:
  detail::Shared<const detail::QueueState> state_;
};

/// The thread that does a client's input and output. Default: one for each client. klamm/asio.hpp makes one
/// of an application's own executor. What throws there, such as a `log`, ends the process, unless the
/// application runs it.
class IoExecutor {
 public:
  IoExecutor() noexcept = default;
  explicit IoExecutor(detail::Shared<const detail::IoState> state) noexcept : state_(std::move(state)) {}
  /// `threads` threads (1 to 64) that all clients given a copy share: fifty clients, one thread. They end
  /// with the last copy.
  KLAMM_API static IoExecutor shared(int threads = 1);

  explicit operator bool() const noexcept { return static_cast<bool>(state_); }
  const detail::Shared<const detail::IoState>& state() const noexcept { return state_; }

 private:
  detail::Shared<const detail::IoState> state_;
};

/// TLS 1.2 or 1.3. Each is PEM text or the path of a PEM file.
struct Tls {
  std::string ca{};  ///< who may sign brokers' certificates; empty: the system's store. `ssl.truststore.*`,
                     ///< `ssl.ca.location`
  std::string certificate{};  ///< the client's own, with its chain. `ssl.keystore.certificate.chain`,
                              ///< `ssl.certificate.*`
  std::string key{};          ///< of the certificate. `ssl.keystore.key`, `ssl.key.*`
  std::string key_password{};
  bool verify_host = true;  ///< `ssl.endpoint.identification.algorithm`
};
/// SASL PLAIN (RFC 4616).
struct Plain {
  std::string user, password;
};
/// SASL SCRAM (RFC 5802, RFC 7677). The broker has to prove that it knows the password, too.
struct Scram {
  enum Hash { sha256, sha512 } hash;
  std::string user, password;
  bool delegation_token = false;  ///< these are a DelegationToken's id and HMAC (KIP-48)
};
/// A bearer token (RFC 7628) and when it ends.
struct OAuthToken {
  std::string value;
  Timestamp expires{};
  std::map<std::string, std::string> extensions{};
};
/// SASL OAUTHBEARER (KIP-255): `token` is called for the first connection and again before a token ends, on
/// a thread of the library's own; it may take its time, and throw: an Exception that is retriable is no refusal, the next connection
/// tries again.
struct OAuthBearer {
  std::function<OAuthToken()> token;
};
/// A client of an OpenID Connect provider, by the client credentials grant (RFC 6749, 4.4; KIP-768). `sasl.oauthbearer.*`
struct OidcClientCredentials {
  std::string
      token_url{};  ///< https://, or http:// where the secret may be seen. `sasl.oauthbearer.token.endpoint.url`
  std::string client_id{};
  std::string client_secret{};
  std::string scope{};                              ///< empty: the provider's choice
  std::map<std::string, std::string> extensions{};  ///< for the broker (KIP-342)
  std::string
      ca_file{};  ///< PEM file of who may sign the provider's certificate; empty: the system's store. `https.ca.location`
  Millis timeout{10'000};  ///< of each step: connecting, sending, receiving. 1 ms or more
  /// Whether id and secret are encoded as in a form, as RFC 6749 says and many providers do not expect (KIP-1025).
  /// `sasl.oauthbearer.header.urlencode`
  bool encode_credentials = false;
};
/// Its tokens, fetched as they are needed. Throws ConfigError for what cannot be asked. While the provider is away, connections are
/// tried again; where it refuses, calls fail with sasl_authentication_failed. Why no token comes is told by ClientOptions::log
/// and by Admin's errors; those of producers and consumers name the code alone.
KLAMM_API OAuthBearer tokens_of(OidcClientCredentials provider);

/// What a client does, in a sentence.
struct LogEvent {
  enum Level { error, warning, info, debug } level;
  std::string_view where, what;
};

struct Metrics;

/// What all kinds of clients share: write it once, pass it to each.
struct ClientOptions {
  /// Where to start: "host:port,host:port"; the port may be left out (9092). Required. `bootstrap.servers`
  std::string bootstrap_servers{};
  /// Shown in brokers' logs and quotas. `client.id`
  std::string client_id{"klamm"};
  /// Unset: plaintext. `security.protocol` follows from this and from `sasl`.
  std::optional<Tls> tls{};
  /// Unset: none. `sasl.mechanism`
  std::variant<std::monostate, Plain, Scram, OAuthBearer> sasl{};
  /// How long an answer may take before its connection is given up. 1 ms or more, 30 s. `request.timeout.ms`
  Millis request_timeout{30'000};
  /// The bound of a blocking call that names none. 1 ms or more, 60 s. `default.api.timeout.ms`
  Millis api_timeout{60'000};
  /// How long a destructor may take. 0 or more, 10 s.
  Millis close_timeout{10'000};
  /// Unset: a thread of this client's own.
  IoExecutor io{};
  /// Unset: a thread that the client's first callback starts, or the application's `io` if that was given.
  Executor callbacks{};
  /// Unset: silence. Runs where it happens, on any thread: be quick, call nothing of the client, and do
  /// not throw: on a thread of the library's, and out of a call that is noexcept, that ends the process.
  std::function<void(const LogEvent&)> log{};
  LogEvent::Level log_level = LogEvent::info;
  /// Called with a snapshot (klamm/metrics.hpp) every metrics_interval, on `callbacks`, never twice at once,
  /// and begun no more once the client is closed; on a foreign executor one may still run then. While one
  /// waits for its turn or runs, no other is made. One that throws on a thread of the library's ends the
  /// process. Copy what is to be kept.
  std::function<void(const Metrics&)> on_metrics{};
  /// 0: on_metrics is never called. 0 or more, 10 s. librdkafka's `statistics.interval.ms`
  Millis metrics_interval{10'000};
  /// Whether producers and consumers send metrics of themselves to brokers that ask for some (KIP-714): connections, latencies and
  /// the like, no records. Apache Kafka asks for none unless its operators configure that. True. `enable.metrics.push`
  bool enable_metrics_push = true;
};

/// Who has to have a record before it counts as stored. `acks`
enum class Acks {
  none,    ///< 0: nobody says so; offsets are unknown and losses unseen
  leader,  ///< 1: the partition's leader
  all,     ///< -1: all in-sync replicas
};
enum class Codec { none, gzip, snappy, lz4, zstd };
/// `compression.type` and `compression.CODEC.level` (KIP-390): gzip 1 to 9, lz4 1 to 17, zstd -131072
/// to 22.
struct Compression {
  Codec codec{};
  std::optional<int> level{};  ///< unset: the codec's default
};

struct PartitionInput {
  std::string_view topic;
  BytesView key;
  std::span<const Partition> available;  ///< those that have a leader now, ascending
  int count;                             ///< of all partitions
};
/// Gives a partition in [0, count). Pure and thread-safe: it runs in `send`, on any thread. One that throws
/// ends the process, since `send` is noexcept within.
template <class F>
concept PartitionFunction = std::is_invocable_r_v<Partition, const F&, const PartitionInput&>;

/// How a record without an explicit partition gets one. `partitioner.class`
class Partitioner {
 public:
  enum class Kind { java, consistent_random, round_robin, custom };
  /// murmur2 of the key, bit for bit Java's; without a key batches stick to a partition, spread evenly
  /// (KIP-480, KIP-794).
  KLAMM_API static const Partitioner java;
  /// CRC32 of the key, as librdkafka's default; random without a key.
  KLAMM_API static const Partitioner consistent_random;
  /// Each record the next partition, keys ignored.
  KLAMM_API static const Partitioner round_robin;

  template <PartitionFunction F>
    requires(!std::same_as<std::remove_cvref_t<F>, Partitioner>)
  Partitioner(F function) : kind_(Kind::custom), function_(std::move(function)) {}

  Kind kind() const noexcept { return kind_; }
  /// Precondition: kind() is custom.
  const std::function<Partition(const PartitionInput&)>& function() const noexcept { return function_; }

 private:
  explicit Partitioner(Kind kind) : kind_(kind) {}
  Kind kind_;
  std::function<Partition(const PartitionInput&)> function_;
};

/// The outcome of one batch.
struct BatchReport {
  TopicPartition at;
  Offset first;  ///< of its first record; -1 if it failed or `acks` is none
  std::size_t records;
  const Error* error;  ///< null: stored
};

struct ProducerOptions {
  /// How long a batch waits for more records before it is sent, unless it is full. 0 or more, 5 ms.
  /// `linger.ms`
  Millis linger{5};
  /// The largest batch, compressed: a limit, not an allocation. A larger record is a batch of its own.
  /// 1 KiB to 1 GiB, 256 KiB (Kafka's default is 16 KiB). `batch.size`
  ByteSize batch_size{256 << 10};
  Compression compression{};
  Acks acks = Acks::all;
  /// No duplicates and no reordering by retries (KIP-98, KIP-360). Needs Acks::all and max_in_flight of at
  /// most 5. `enable.idempotence`
  bool idempotence = true;
  /// Transactions under this name (KIP-98), which belongs to one producer at a time: one that is made takes it
  /// over, which fences the one before and aborts what that has open. Needs idempotence. Empty: none.
  /// `transactional.id`
  std::string transactional_id{};
  /// When the coordinator aborts an open transaction by itself; its producer is then finished. At most the
  /// broker's transaction.max.timeout.ms. 1 ms or more, 60 s. `transaction.timeout.ms`
  Millis transaction_timeout{60'000};
  /// The bound from `send` to a record's outcome, retries included (KIP-91). At least linger +
  /// request_timeout, 120 s. `delivery.timeout.ms`
  Millis delivery_timeout{120'000};
  /// How long `send` waits for memory or a topic's metadata. 0 or more, 60 s. `max.block.ms`
  Millis max_block{60'000};
  /// All records that are not resolved yet, together. At least batch_size, 32 MiB. `buffer.memory`
  ByteSize buffer_memory{32 << 20};
  /// The largest record and the largest request. 1 KiB to 1 GiB, 1 MiB. `max.request.size`
  ByteSize max_request_size{1 << 20};
  /// Requests on the way to one broker. 1 to 1,000 (5 with idempotence), 5.
  /// `max.in.flight.requests.per.connection`
  int max_in_flight = 5;
  Partitioner partitioner = Partitioner::java;
  /// Whether records without a key go less to partitions whose batches wait already, as those of a slow broker do (KIP-794).
  /// `partitioner.adaptive.partitioning.enable`
  bool adaptive_partitioning = true;
  /// Called by `send` in its thread, before the record is encoded: adds headers. One that throws ends the
  /// process, since `send` is noexcept within.
  std::function<void(const RecordRef&, Headers&)> on_send{};
  /// Called once for each batch with its outcome, on `callbacks`: the delivery report of fire and forget. One
  /// that throws on a thread of the library's ends the process.
  std::function<void(const BatchReport&)> on_delivery{};

  /// Options out of Kafka's and librdkafka's property names (`linger.ms`, `queue.buffering.max.ms`...).
  /// Throws ConfigError with every fault: values out of range, and unknown names with the nearest that is
  /// known.
  KLAMM_API static std::pair<ClientOptions, ProducerOptions> from_properties(
      const std::map<std::string, std::string>& properties);
};

/// Where to start in a partition without a (valid) committed position. `auto.offset.reset`
struct OffsetReset {
  enum To { to_latest, to_earliest, none, duration } to{};
  Millis back{};  ///< with `duration`: so long ago (KIP-1106)
};
inline constexpr OffsetReset latest{}, earliest{OffsetReset::to_earliest};

/// `isolation.level`
enum class Isolation { read_uncommitted, read_committed };
/// Who assigns. consumer (KIP-848): the group's coordinator, without stopping members that keep what they have; Kafka 4.0 or later.
/// classic: a member, by `assignors`. automatic: classic if other `assignors` are given than the default; else consumer where the
/// coordinator can. `group.protocol`
enum class GroupProtocol { automatic, classic, consumer };
/// What moves a partition's position: the loop that passes records, or SharedRecord::acknowledge (not
/// supported yet: refused).
enum class Progress { by_loop, by_acknowledge };

struct ConsumerOptions {
  /// The consumer group. Empty: none; partitions are given by `assign`, and nothing can be committed.
  /// `group.id`
  std::string group_id{};
  /// Static membership (KIP-345): a restart within session_timeout moves no partitions. `group.instance.id`
  std::string group_instance_id{};
  GroupProtocol group_protocol{};
  /// The classic protocol's assignors, the preferred first: range, roundrobin, sticky, cooperative-sticky.
  /// `partition.assignment.strategy`
  std::vector<std::string> assignors{"range", "cooperative-sticky"};
  /// Where the consumer runs, as the brokers name their racks (broker.rack). A group's assignors prefer partitions with a replica
  /// there (KIP-881), and brokers that select replicas by rack have them read from there (KIP-392). `client.rack`
  std::string rack{};
  OffsetReset auto_offset_reset{};
  Isolation isolation{};
  /// How often positions are committed by themselves, never ahead of the loop; unset: never. 5 s.
  /// `auto.commit.interval.ms`, `enable.auto.commit`
  std::optional<Millis> auto_commit{5'000};
  Progress progress{};
  /// With Progress::by_acknowledge, for each partition. 1 or more, 10,000.
  int max_unacknowledged = 10'000;
  /// The most records that one poll hands out. 0: what is there. `max.poll.records`
  std::size_t max_poll_records = 0;
  /// The most partitions that one poll hands out. 0: what is there; 1 spreads work over many concurrent
  /// polls.
  std::size_t max_poll_partitions = 0;
  /// The longest that records may be held, or left untaken, before the member leaves its group. It runs only
  /// while there is something to take or to pass. 1 ms or more, 300 s. `max.poll.interval.ms`
  Millis max_poll_interval{300'000};
  /// How long the group waits for a silent member of the classic protocol; with the other one its coordinator says
  /// (group.consumer.session.timeout.ms). 1 ms or more, 45 s. `session.timeout.ms`
  Millis session_timeout{45'000};
  /// How long a broker may hold a fetch until it has fetch_min bytes. 0 or more, 500 ms. `fetch.max.wait.ms`
  Millis fetch_max_wait{500};
  /// The most bytes fetched and not yet handed out, over all partitions. 64 KiB or more, 64 MiB.
  /// librdkafka's `queued.max.messages.kbytes`; Kafka's `fetch.max.bytes` has no effect.
  ByteSize prefetch{64 << 20};
  /// 1 or more, 1. `fetch.min.bytes`
  ByteSize fetch_min{1};
  /// The largest batch after decompression; a larger one is refused by the poll that meets it. 1 MiB or more,
  /// 256 MiB.
  ByteSize max_decompressed{256 << 20};
  /// Called for each change of what the group gives this member, never two at once: by a poll, on its thread and
  /// before it takes records; by an awaited one on ClientOptions::callbacks. A call that gives up all that the
  /// member owns (close, the destructor, assign, subscribe to nothing) calls it first, with `revoked`, unless a
  /// change is with the application then; such a change is not waited for. All calls of the consumer are allowed
  /// in it; its destruction is not. What it throws comes out of the poll, out of who runs the callbacks, or out
  /// of the call that gives up, which then has done nothing; out of a call that is noexcept, it ends the process.
  /// Unset: the group goes on by itself.
  std::function<void(Rebalance)> on_rebalance{};

  /// As ProducerOptions::from_properties.
  KLAMM_API static std::pair<ClientOptions, ConsumerOptions> from_properties(
      const std::map<std::string, std::string>& properties);
};

}  // namespace v1
}  // namespace klamm
