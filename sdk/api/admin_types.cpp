#include <fmt/format.h>

#include <klamm/admin_types.hpp>

#include "api/error_details.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

Error join_errors(std::span<const std::pair<std::string, Error>> failures) {
  const auto& first = failures.front().second;
  if (failures.size() == 1) return first;
  auto made = std::make_unique<ErrorDetails>();
  made->code = static_cast<errc>(first.code().value());
  made->operation = first.operation();
  made->message = fmt::format("{} items failed", failures.size());
  for (const auto& [item, error] : failures) {
    made->message += fmt::format("\n  {}: {}", item, error.message());
    made->maybe_written = made->maybe_written || error.maybe_written();
  }
  return ErrorDetails::share(made.release());
}

}  // namespace detail
}  // namespace v1
}  // namespace klamm
