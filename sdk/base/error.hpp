// Errors: Kafka's codes and our own, from one table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace klamm {

/// Kafka's error codes by number (-1 to 136), and from 10000 those that never travel on the wire.
enum class error_code : std::int16_t {
#define KLAMM_ERROR(name, number, kind, text) name = number,
#include "base/error_table.def"
#undef KLAMM_ERROR
};

/// What a caller can do about an error: KIP-1050's classes, and `other` for what has none of them.
enum class error_kind {
  none,
  other,
  retriable,
  refresh_retriable,
  abortable,
  application_recoverable,
  invalid_configuration
};

/// Kafka's name of the code (`NOT_LEADER_OR_FOLLOWER`); "UNKNOWN" with a number that the table does not have.
std::string_view name(error_code code);
/// What the code means and what helps, in one sentence without a full stop.
std::string_view describe(error_code code);
error_kind kind(error_code code);
/// Whether the same request may succeed later (with or without fresh metadata).
bool retriable(error_code code);
/// Whether the code says that the sender's metadata is stale.
bool refreshes_metadata(error_code code);
/// Whether a change that ends with this, be it an answer or that there was none, may have been made all the same.
bool leaves_open(error_code code);

/// A failure inside the machines: the code, and what was being done in words.
struct error {
  error_code code = error_code::unknown_server_error;
  /// Whether what was asked for may have been done all the same; empty: nobody knows better than the code says.
  std::optional<bool> maybe_written;
  std::string message;
  /// Who answered or was lost, "host:port (node 1)"; empty: nobody, or it is not known.
  std::string broker;

  error() = default;
  explicit error(error_code c) : code(c) {}
  error(error_code c, std::string m) : code(c), message(std::move(m)) {}
  friend bool operator==(const error& e, error_code c) { return e.code == c; }
};

}  // namespace klamm
