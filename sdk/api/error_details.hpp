// What an Error shares, and how the errors of the machines become the ones that users see.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <klamm/error.hpp>

#include "base/error.hpp"
#include "base/ids.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

struct ErrorDetails {
  errc code = errc::unknown_server_error;
  bool maybe_written = false;
  std::string message;
  std::string operation;
  std::string broker;
  std::optional<TopicPartition> partition;
  std::vector<ConfigFault> faults;
  mutable std::atomic<int> shares{1};

  static Error share(ErrorDetails* made) { return Error(Shared<const ErrorDetails>(made)); }
  static const ErrorDetails& of(const Error& error) { return *error.details_; }
};

}  // namespace detail
}  // namespace v1

namespace api {

/// Where a failure happened. Fields that are not known stay empty.
struct error_place {
  /// A verb in the infinitive and what it is done to, as in `cannot produce`: "produce", "commit offsets".
  std::string_view operation;
  const topic_partition* partition = nullptr;
};

/// `cannot <operation> ["topic/partition"]: <what came back> (<NAME>)`, with the hint of the error table where the machine's words
/// do not have it already.
Error to_error(const error& why, const error_place& place);

inline errc to_errc(error_code code) { return static_cast<errc>(code); }

}  // namespace api
}  // namespace klamm
