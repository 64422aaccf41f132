// What an IoExecutor shares: threads of the library's own, or an executor of the application's.
#pragma once

#include <atomic>
#include <optional>

#include <asio/any_io_executor.hpp>

#include <klamm/options.hpp>

#include "net/io_threads.hpp"

namespace klamm {
inline namespace v1 {
namespace detail {

struct IoState {
  explicit IoState(int count) : threads(std::in_place, count) {}
  explicit IoState(asio::any_io_executor on) : given(std::move(on)) {}

  asio::any_io_executor next() const { return given ? given : threads->next(); }
  /// Whether the application runs it, and with it the callbacks.
  bool foreign() const { return static_cast<bool>(given); }

  mutable std::optional<net::io_threads> threads;
  asio::any_io_executor given;
  mutable std::atomic<int> shares{1};
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
