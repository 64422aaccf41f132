// The consumer: assigned partitions or a group's, at least once, with positions that follow the loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <klamm/detail/async.hpp>
#include <klamm/metrics.hpp>
#include <klamm/options.hpp>
#include <klamm/records.hpp>

namespace klamm {
inline namespace v1 {

class Consumer;

namespace detail {
class ConsumerClient;
KLAMM_API void destroy(ConsumerClient*) noexcept;
/// For a producer's transactions.
ConsumerClient& client_of(Consumer& consumer) noexcept;
}  // namespace detail

/// What close managed in its time.
struct CloseReport {
  bool committed = true;   ///< the positions of all passed records
  bool left_group = true;  ///< false: the group notices after session_timeout
  std::optional<Error> first_error{};
};

/// Reads records. Thread-safe: any number of threads or coroutines may poll; a partition's records are with
/// one of them at a time. The destructor is `close(close_timeout)`, and a log line if something was not
/// committed; while an exception unwinds it commits only what was passed in Records that are already gone.
///
/// Blocking calls throw would_deadlock on the thread that runs the client's input and output, and each ends
/// within the time given to it, or ClientOptions::api_timeout. In a child after fork() every call throws
/// forked, or says so in its result or report; wakeup does nothing.
///
/// Callbacks of the asynchronous forms run on ClientOptions::callbacks; one that throws on a thread of the
/// library's ends the process (std::terminate).
class KLAMM_API Consumer {
 public:
  /// Checks all options, starts, and waits for nothing. Throws ConfigError.
  explicit Consumer(ClientOptions client, ConsumerOptions options = {})
      : Consumer(create(std::move(client), std::move(options)).value()) {}
  explicit Consumer(std::string_view bootstrap_servers, ConsumerOptions options = {})
      : Consumer(ClientOptions{.bootstrap_servers = std::string(bootstrap_servers)}, std::move(options)) {}
  static Result<Consumer> create(ClientOptions client, ConsumerOptions options = {});

  /// Reads exactly these partitions, without a group's assignment. Replaces what was assigned or subscribed;
  /// returns at once.
  void assign(ListRef<TopicPartition> partitions);
  /// Reads what the group assigns of these topics (which may not exist yet). Replaces what was assigned or
  /// subscribed; returns at once.
  void subscribe(ListRef<std::string_view> topics);
  void subscribe(std::span<const std::string> topics);
  /// The same for all topics whose whole name matches, now and later. The group's coordinator reads the pattern as RE2 (KIP-848); where
  /// the group is of the classic protocol the client does, as ECMAScript, of which RE2 has most. Throws invalid_options for a pattern that
  /// cannot be read there; poll throws invalid_regular_expression for one that the coordinator refuses.
  void subscribe_regex(std::string_view pattern);
  std::vector<TopicPartition> assignment() const;

  /// Records, as soon as there is one; none after `timeout`, a stop or a wakeup. Throws what a reader has to
  /// know: an unreadable batch (corrupt_message, naming it), offset_out_of_range without a reset, a lost
  /// authorization, closed. A partition that failed rests until a seek, a member that is out of its group
  /// until it subscribes again: polls that have nothing else tell of it again.
  Records poll(Millis timeout, std::stop_token stop = {});
  Result<Records> poll(Millis timeout, as_result_t) noexcept {
    return poll(timeout, std::stop_token(), as_result);
  }
  Result<Records> poll(Millis timeout, std::stop_token stop, as_result_t) noexcept;
  /// Any number at once, each with other partitions. Cancelling abandons the wait and loses no record.
  template <class Token = Default>
  Async<Records, Token> async_poll(Millis timeout = forever, Token&& token = {}) {
    return detail::initiate<Records>(defer_poll(timeout), std::forward<Token>(token));
  }
  /// Ends a blocked poll, or the next, without records.
  void wakeup() noexcept;
  /// A descriptor that is readable while poll(0ms) has something to do, for an event loop. Do not read it.
  int ready_fd();

  /// Commits the positions of all partitions (what loops have passed), and waits for the answer. Throws
  /// invalid_txn_state once a producer's transaction was bound to this consumer.
  void commit() { commit(as_result).value(); }
  Result<void> commit(as_result_t) noexcept;
  /// Commits exactly these: `commit(after(record))`. Throws invalid_options for an offset below 0, as the default one is.
  void commit(ListRef<TopicPartitionOffset> offsets) { commit(offsets, as_result).value(); }
  Result<void> commit(ListRef<TopicPartitionOffset> offsets, as_result_t) noexcept;
  template <class Token = Default>
  Async<void, Token> async_commit(Token&& token = {}) {
    return detail::initiate<void>(defer_commit(), std::forward<Token>(token));
  }
  template <class Token = Default>
  Async<void, Token> async_commit(ListRef<TopicPartitionOffset> offsets, Token&& token = {}) {
    return detail::initiate<void>(defer_commit(offsets), std::forward<Token>(token));
  }

  /// The first record that no loop has passed. No I/O; -1 until it is known.
  Offset position(const TopicPartition& at) const;
  /// How many offsets lie between the position and the partition's end as last fetched. No I/O; empty until
  /// it is known.
  std::optional<std::int64_t> lag(const TopicPartition& at) const;

  /// Hands out no more records of these until resume; what was prefetched stays.
  void pause(ListRef<TopicPartition> partitions);
  void resume(ListRef<TopicPartition> partitions);
  /// The next record to hand out. Ends a lease: a loop over the partition's records skips the rest. Throws
  /// invalid_options for an offset below 0.
  void seek(const TopicPartition& at, Offset next);
  void seek_to_beginning(ListRef<TopicPartition> partitions);
  void seek_to_end(ListRef<TopicPartition> partitions);
  /// To the first record with this timestamp or a later one; to the end if there is none.
  void seek_to_time(ListRef<TopicPartition> partitions, Timestamp time);

  /// What the group has committed; `next` is -1 where nothing was. In the order asked; throws if any fails.
  std::vector<TopicPartitionOffset> committed(ListRef<TopicPartition> partitions) {
    return committed(partitions, as_result).value();
  }
  Result<std::vector<TopicPartitionOffset>> committed(ListRef<TopicPartition> partitions,
                                                      as_result_t) noexcept;
  /// The first offset that is still there.
  std::vector<TopicPartitionOffset> beginning_offsets(ListRef<TopicPartition> partitions) {
    return beginning_offsets(partitions, as_result).value();
  }
  Result<std::vector<TopicPartitionOffset>> beginning_offsets(ListRef<TopicPartition> partitions,
                                                              as_result_t) noexcept;
  /// One past the last record that this consumer's isolation may see.
  std::vector<TopicPartitionOffset> end_offsets(ListRef<TopicPartition> partitions) {
    return end_offsets(partitions, as_result).value();
  }
  Result<std::vector<TopicPartitionOffset>> end_offsets(ListRef<TopicPartition> partitions,
                                                        as_result_t) noexcept;

  /// A snapshot. Waits for the thread that does the client's input and output, at most
  /// ClientOptions::api_timeout; throws would_deadlock on that thread: ClientOptions::on_metrics is for there.
  Metrics metrics() const { return metrics(as_result).value(); }
  Result<Metrics> metrics(as_result_t) const noexcept;

  /// Under which name the brokers know the metrics that this client pushes (KIP-714), as Kafka prints it (base64): they give it
  /// with the first of their answers about metrics, for which this waits. Errors: timed_out, unsupported_version (brokers that take
  /// no metrics: Apache Kafka's without a plugin for that), invalid_options (enable_metrics_push is false).
  std::string client_instance_id(Millis timeout) const {
    return client_instance_id(timeout, as_result).value();
  }
  Result<std::string> client_instance_id(Millis timeout, as_result_t) const noexcept;
  template <class Token = Default>
  Async<std::string, Token> async_client_instance_id(Millis timeout, Token&& token = {}) const {
    return detail::initiate<std::string>(defer_client_instance_id(timeout), std::forward<Token>(token));
  }

  /// Commits, leaves the group, and ends: polls end with errc::closed. Never later than `deadline`, and says
  /// what it gave up.
  CloseReport close(Millis deadline) noexcept;
  template <class Token = Default>
  Async<CloseReport, Token> async_close(Millis deadline, Token&& token = {}) {
    return detail::initiate<CloseReport>(defer_close(deadline), std::forward<Token>(token));
  }

 private:
  friend detail::ConsumerClient& detail::client_of(Consumer& consumer) noexcept;
  explicit Consumer(std::unique_ptr<detail::ConsumerClient, detail::Destroy> client) noexcept
      : client_(std::move(client)) {}
  detail::Deferred<std::string> defer_client_instance_id(Millis timeout) const;
  detail::Deferred<Records> defer_poll(Millis timeout);
  detail::Deferred<void> defer_commit();
  detail::Deferred<void> defer_commit(ListRef<TopicPartitionOffset> offsets);
  detail::Deferred<CloseReport> defer_close(Millis deadline);

  std::unique_ptr<detail::ConsumerClient, detail::Destroy> client_;
};

}  // namespace v1
}  // namespace klamm
