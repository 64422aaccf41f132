// What went wrong: codes, Error, Exception, Result. However an error travels, it says what, where, and what
// to do.
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <klamm/detail/config.hpp>
#include <klamm/detail/shared.hpp>
#include <klamm/types.hpp>

namespace klamm {
inline namespace v1 {

/// Kafka's error codes under their names and numbers (-1 to 136), and from 10000 those that never travel:
/// timed_out, cancelled, closed, buffer_full, delivery_timeout, would_deadlock, forked, invalid_options...
/// Also a std::error_code, category "kafka".
enum class errc : int {
#include <klamm/detail/errc_table.hpp>
};

/// What can be done about an error: the five classes of KIP-1050, and `other` for what fits none (the request
/// itself is wrong, or the thing asked for does not exist).
enum class ErrorClass {
  retriable,  ///< the same call may succeed later; the clients retry these by themselves, within their
              ///< timeouts
  refresh_retriable,        ///< likewise, after fresh metadata
  abortable,                ///< the transaction has to be aborted; the next one may succeed
  application_recoverable,  ///< this client (or group member, or producer) is finished; a new one may go on
  invalid_configuration,    ///< it fails until the configuration, an authorization or the call is changed
  other,
};

namespace detail {
struct ErrorDetails;
KLAMM_API void retain(const ErrorDetails*) noexcept;
KLAMM_API void release(const ErrorDetails*) noexcept;
}  // namespace detail

/// One failure. 16 bytes; copies share the details, which are made when the failure is.
class KLAMM_API Error {
 public:
  /// An error that says what the table says of `code`.
  explicit Error(errc code);
  explicit Error(detail::Shared<const detail::ErrorDetails> details) noexcept;

  std::error_code code() const noexcept;
  /// Kafka's name: `NOT_LEADER_OR_FOLLOWER`.
  std::string_view name() const noexcept;
  ErrorClass error_class() const noexcept;
  bool retriable() const noexcept;
  bool abortable() const noexcept;
  /// This client can do no more: close it, and make another if that makes sense.
  bool fatal() const noexcept;
  /// Whether the record, commit or change may have taken effect although no answer says so.
  bool maybe_written() const noexcept;
  /// A sentence: what was done, where, what came back, and what to do.
  const std::string& message() const noexcept;
  /// What was being done ("produce", "commit"); empty if unknown.
  std::string_view operation() const noexcept;
  /// The broker that refused a record, or was lost with a request, "host:port (node 1)"; empty if it was another failure.
  std::string_view broker() const noexcept;
  /// The partition that it was about; null if none.
  const TopicPartition* partition() const noexcept;

  friend bool operator==(const Error& error, errc code) noexcept { return error.code_ == code; }
  friend KLAMM_API std::ostream& operator<<(std::ostream& out, const Error& error);

 private:
  friend struct detail::ErrorDetails;
  detail::Shared<const detail::ErrorDetails> details_;
  errc code_;
};
static_assert(sizeof(Error) == 2 * sizeof(void*));

/// An Error, thrown. `code() == std::errc::timed_out` works where an errc has a counterpart there.
class KLAMM_API Exception : public std::system_error {
 public:
  explicit Exception(Error error);
  /// The error's message, once: the standard's would add the code's.
  const char* what() const noexcept override { return error_.message().c_str(); }
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// One thing that is wrong with a configuration.
struct ConfigFault {
  std::string option;      ///< the option's field ("linger"), empty for a property that has none
  std::string kafka_name;  ///< the property ("linger.ms")
  std::string value;       ///< what it was set to
  std::string problem;     ///< what is wrong with that, and what would be right
};

/// All that is wrong with a configuration, at once; code errc::invalid_options.
class KLAMM_API ConfigError : public Exception {
 public:
  /// Precondition: there is a fault.
  explicit ConfigError(std::vector<ConfigFault> faults);
  explicit ConfigError(Error error) : Exception(std::move(error)) {}
  const std::vector<ConfigFault>& faults() const noexcept;
};

namespace detail {
/// Throws Exception, or ConfigError for the faults of a configuration.
[[noreturn]] KLAMM_API void throw_error(const Error& error);
}  // namespace detail

/// A T, or the Error why there is none: what is needed of C++23's std::expected<T, Error>.
template <class T>
class [[nodiscard]] Result {
 public:
  using V = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  Result(V value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  Result()
    requires std::is_void_v<T>
      : state_(std::in_place_index<0>) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }

  /// The value. Throws the error (Exception, ConfigError) if there is none.
  V& value() & { return check(), *std::get_if<0>(&state_); }
  const V& value() const& { return check(), *std::get_if<0>(&state_); }
  V&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }

  /// The value, unchecked. Precondition: there is one.
  V& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const V& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  V&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  V* operator->() noexcept { return std::get_if<0>(&state_); }
  const V* operator->() const noexcept { return std::get_if<0>(&state_); }

  /// Precondition: there is no value.
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  void check() const {
    if (state_.index() == 1) detail::throw_error(error());
  }

  std::variant<V, Error> state_;
};

/// The category "kafka" of every errc.
KLAMM_API const std::error_category& kafka_category() noexcept;
inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), kafka_category()};
}

}  // namespace v1
}  // namespace klamm

/// An errc is a std::error_code wherever one is asked for.
template <>
struct std::is_error_code_enum<klamm::errc> : std::true_type {};
