// The producer: `send` takes a record at once and each record has one outcome.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <klamm/detail/async.hpp>
#include <klamm/options.hpp>

namespace klamm {
inline namespace v1 {

namespace detail {
class ProducerClient;
KLAMM_API void destroy(ProducerClient*) noexcept;
struct BatchState;
KLAMM_API void retain(BatchState*) noexcept;
KLAMM_API void release(BatchState*) noexcept;
}  // namespace detail

/// Where a record was stored.
struct RecordMetadata {
  std::string_view topic;  ///< lives as long as the producer
  Partition partition;
  Offset offset;          ///< -1 with Acks::none
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

/// Sends records. Thread-safe; move-only. Everything sent is acknowledged, or failed and reported, exactly
/// once: by Delivery, callback, `on_delivery`, or the report of flush and close. The destructor is
/// `close(close_timeout)` and a log line if anything was lost. In a child after fork() every call throws
/// forked, or says so in its result or report.
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
  /// allocation up to 48 bytes.
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

  /// flush(deadline); then the rest fails with errc::closed, its callbacks run, and no callback comes
  /// afterwards.
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
  detail::Deferred<FlushReport> defer_close(Millis deadline);

  std::unique_ptr<detail::ProducerClient, detail::Destroy> client_;
};

}  // namespace v1
}  // namespace klamm
