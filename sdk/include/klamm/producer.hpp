// The producer: `send` takes a record at once and each record has one outcome; transactions of records and
// offsets.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <klamm/detail/async.hpp>
#include <klamm/metrics.hpp>
#include <klamm/options.hpp>

namespace klamm {
inline namespace v1 {

class Consumer;

namespace detail {
class ProducerClient;
KLAMM_API void destroy(ProducerClient*) noexcept;
class TransactionClient;
KLAMM_API void destroy(TransactionClient*) noexcept;
struct BatchState;
KLAMM_API void retain(BatchState*) noexcept;
KLAMM_API void release(BatchState*) noexcept;
}  // namespace detail

/// Where a record was stored.
struct RecordMetadata {
  std::string_view topic;  ///< lives as long as the producer
  Partition partition;
  Offset offset;          ///< -1 with Acks::none, and for a repeat whose place the broker no longer knows
  Timestamp timestamp{};  ///< the broker's if the topic is stamped by it, else the record's
};

/// The outcome of one record, to come: 16 bytes, a share in its batch. Dropping it costs nothing and loses
/// nothing.
class KLAMM_API Delivery {
 public:
  Delivery(detail::Shared<detail::BatchState> batch, std::uint32_t index) noexcept
      : batch_(std::move(batch)), index_(index) {}

  /// Waits for the outcome, at most delivery_timeout, and ends the batch's linger. Throws why the record was
  /// not stored.
  RecordMetadata get() { return get(as_result).value(); }
  Result<RecordMetadata> get(as_result_t) noexcept;
  bool ready() const noexcept;

  template <class Token = Default>
  Async<RecordMetadata, Token> async_get(Token&& token = {}) {
    return detail::initiate<RecordMetadata>(
        [self = *this](detail::Completion<RecordMetadata> done, std::stop_token stop) mutable {
          self.start(std::move(done), std::move(stop));
        },
        std::forward<Token>(token));
  }

 private:
  void start(detail::Completion<RecordMetadata> done, std::stop_token stop);

  detail::Shared<detail::BatchState> batch_;
  std::uint32_t index_;
};
static_assert(sizeof(Delivery) == 2 * sizeof(void*));

/// What became of everything sent: false if anything failed or is unresolved.
struct [[nodiscard]] FlushReport {
  std::size_t unresolved = 0;  ///< records whose outcome is still open: 0 unless time ran out
  std::size_t failed = 0;      ///< records that failed since the last report
  std::optional<Error> first_error{};
  explicit operator bool() const { return !first_error && unresolved == 0; }
};

/// An open transaction (KIP-98): all of its records and offsets, or none, for who reads with
/// Isolation::read_committed. Made by Producer::begin_transaction; move-only. It aborts unless it is
/// committed: the destructor does not wait, the next begin does.
///
/// Of a bound consumer, the positions are committed with the transaction, and an abort takes them back to
/// where the last commit left them: what was passed since comes again. Positions also go back where the group
/// has taken partitions away meanwhile (KIP-447), since their records may be with another member.
///
/// `send` may be called by any number of threads at once, the rest by one. After commit or abort every call
/// throws errc::invalid_txn_state.
class KLAMM_API Transaction {
 public:
  /// None: to be assigned to.
  Transaction() noexcept = default;
  explicit Transaction(std::unique_ptr<detail::TransactionClient, detail::Destroy> client) noexcept
      : client_(std::move(client)) {}

  /// As Producer::send. Where the transaction can only be aborted (a record was not stored in
  /// delivery_timeout, the topic may not be written...) it takes and forgets: the delivery fails with
  /// errc::transaction_abortable, and commit tells.
  Delivery send(const RecordRef& record) { return send(record, as_result).value(); }
  Result<Delivery> send(const RecordRef& record, as_result_t) noexcept;

  /// Commits these for the consumer's group with the transaction (KIP-447), in the name of the member that
  /// the consumer is now; for consumers that are not bound. Waits for the coordinator, at most
  /// ClientOptions::api_timeout. What an abort can cure, such as a rebalance, is told by commit; throws the
  /// rest, such as group_authorization_failed.
  void send_offsets(Consumer& consumer, ListRef<TopicPartitionOffset> offsets) {
    send_offsets(consumer, offsets, as_result).value();
  }
  Result<void> send_offsets(Consumer& consumer, ListRef<TopicPartitionOffset> offsets, as_result_t) noexcept;

  /// Flushes, and makes all of it visible. False: aborted and rewound, since what was sent could not go
  /// through; the same again may succeed. Throws, after an abort, what that cannot cure (message_too_large,
  /// an authorization...), and producer_fenced once another producer has taken the transactional id over or
  /// transaction_timeout passed: then this one is finished. After `timed_out` (ClientOptions::api_timeout) it
  /// is not known what it came to: call commit again, or destroy the transaction, which aborts where that is
  /// still possible. A transaction without records and offsets costs nothing.
  [[nodiscard]] bool commit() { return commit(as_result).value(); }
  Result<bool> commit(as_result_t) noexcept;
  template <class Token = Default>
  Async<bool, Token> async_commit(Token&& token = {}) {
    return detail::initiate<bool>(defer_commit(), std::forward<Token>(token));
  }

  /// What is not stored yet fails with errc::transaction_abortable (KIP-654), what is stored is never seen by
  /// read_committed. Never waits: the next begin does.
  void abort() noexcept;

 private:
  detail::Deferred<bool> defer_commit();

  std::unique_ptr<detail::TransactionClient, detail::Destroy> client_;
};

/// Sends records. Thread-safe; move-only. Everything sent is acknowledged, or failed and reported, exactly
/// once: by Delivery, callback, `on_delivery`, or the report of flush and close. The destructor is
/// `close(close_timeout)` and a log line if anything was lost. In a child after fork() every call throws
/// forked, or says so in its result or report. With a transactional_id, records are sent by transactions
/// only: `send` and its like throw invalid_txn_state.
class KLAMM_API Producer {
 public:
  /// Checks all options, starts, and waits for nothing. Throws ConfigError.
  explicit Producer(ClientOptions client, ProducerOptions options = {})
      : Producer(create(std::move(client), std::move(options)).value()) {}
  explicit Producer(std::string_view bootstrap_servers, ProducerOptions options = {})
      : Producer(ClientOptions{.bootstrap_servers = std::string(bootstrap_servers)}, std::move(options)) {}
  static Result<Producer> create(ClientOptions client, ProducerOptions options = {});

  /// Takes a record into its partition's open batch. Waits up to max_block for memory and, the first time,
  /// for the topic's metadata; in a callback it overdraws instead. Throws what is known at the call:
  /// buffer_full, message_too_large, invalid_topic_exception, closed...
  Delivery send(const RecordRef& record) { return send(record, as_result).value(); }
  Result<Delivery> send(const RecordRef& record, as_result_t) noexcept;
  /// Never waits: buffer_full if there is no memory, leader_not_available until the topic's metadata are
  /// here.
  Result<Delivery> try_send(const RecordRef& record) noexcept;

  /// As send; `done(Result<RecordMetadata>)` is called once, on `callbacks`. It lies in the batch: no
  /// allocation up to 48 bytes. One that throws on a thread of the library's ends the process
  /// (std::terminate), as every callback there does.
  template <Callback<RecordMetadata> F>
  void send(const RecordRef& record, F&& done) {
    send_then(record, detail::Completion<RecordMetadata>(std::forward<F>(done))).value();
  }

  /// The record is taken at the call, if need be beyond buffer_memory, and awaited later: what bounds memory is how many are
  /// awaited at once.
  template <class Token = Default>
  Async<RecordMetadata, Token> async_send(const RecordRef& record, Token&& token = {}) {
    return take(record).async_get(std::forward<Token>(token));
  }

  /// All of them as by send: throws the first failure, and those before it are sent.
  void send_batch(std::span<const RecordRef> records);

  /// Waits until every record sent so far is acknowledged or has failed, ending every linger at once. The
  /// report counts what is still unresolved (0 unless `timeout` passed first) and what failed since the last
  /// report. Never throws. On the thread that runs callbacks it returns at once instead of waiting.
  FlushReport flush(Millis timeout = forever) noexcept;
  template <class Token = Default>
  Async<FlushReport, Token> async_flush(Millis timeout = forever, Token&& token = {}) {
    return detail::initiate<FlushReport>(defer_flush(timeout), std::forward<Token>(token));
  }

  /// Begins a transaction; waits for the end of the one before, and at first for the producer's id. At most
  /// ClientOptions::api_timeout. Throws invalid_options without transactional_id, invalid_txn_state while one
  /// is open, producer_fenced, transactional_id_authorization_failed...
  Transaction begin_transaction() { return begin_transaction(as_result).value(); }
  Result<Transaction> begin_transaction(as_result_t) noexcept;
  /// Bound to a consumer of a group: from then on transactions alone commit its positions (no auto_commit, and
  /// none by a revocation or close), and an abort rewinds it. The consumer has to outlive the transaction.
  Transaction begin_transaction(Consumer& consumer) { return begin_transaction(consumer, as_result).value(); }
  Result<Transaction> begin_transaction(Consumer& consumer, as_result_t) noexcept;
  template <class Token = Default>
  Async<Transaction, Token> async_begin_transaction(Consumer& consumer, Token&& token = {}) {
    return detail::initiate<Transaction>(defer_begin(&consumer), std::forward<Token>(token));
  }
  template <class Token = Default>
    requires(!std::same_as<std::remove_cvref_t<Token>, Consumer>)
  Async<Transaction, Token> async_begin_transaction(Token&& token = {}) {
    return detail::initiate<Transaction>(defer_begin(nullptr), std::forward<Token>(token));
  }

  /// A snapshot. Waits for the thread that does the client's input and output, at most
  /// ClientOptions::api_timeout; throws would_deadlock on that thread: ClientOptions::on_metrics is for there.
  Metrics metrics() const { return metrics(as_result).value(); }
  Result<Metrics> metrics(as_result_t) const noexcept;

  /// As Consumer::client_instance_id(): the brokers' name for the metrics that this client pushes (KIP-714).
  Result<std::string> client_instance_id(Millis timeout, as_result_t) const noexcept;
  std::string client_instance_id(Millis timeout) const {
    return client_instance_id(timeout, as_result).value();
  }
  template <class Token = Default>
  Async<std::string, Token> async_client_instance_id(Millis timeout, Token&& token = {}) const {
    return detail::initiate<std::string>(defer_client_instance_id(timeout), std::forward<Token>(token));
  }

  /// flush(deadline); then the rest fails with errc::closed, its callbacks run, and no callback comes
  /// afterwards. An open transaction is aborted.
  FlushReport close(Millis deadline) noexcept;
  template <class Token = Default>
  Async<FlushReport, Token> async_close(Millis deadline, Token&& token = {}) {
    return detail::initiate<FlushReport>(defer_close(deadline), std::forward<Token>(token));
  }

 private:
  explicit Producer(std::unique_ptr<detail::ProducerClient, detail::Destroy> client) noexcept
      : client_(std::move(client)) {}
  Delivery take(const RecordRef& record) noexcept;
  Result<void> send_then(const RecordRef& record, detail::Completion<RecordMetadata> done);
  detail::Deferred<FlushReport> defer_flush(Millis timeout);
  detail::Deferred<std::string> defer_client_instance_id(Millis timeout) const;
  detail::Deferred<FlushReport> defer_close(Millis deadline);
  detail::Deferred<Transaction> defer_begin(Consumer* bound);

  std::unique_ptr<detail::ProducerClient, detail::Destroy> client_;
};

}  // namespace v1
}  // namespace klamm
