// Requests that arrive twice, the second time late: as those of a connection that was given up while they were still on their way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "wire/message.hpp"

namespace klamm::proxy {

struct copy_rules {
  /// Of these APIs every Nth request comes once more, on a connection of its own, which nobody hears the answer of.
  std::map<wire::api_key, std::uint64_t> every;
  /// After the first time.
  duration late = millis(200);
};

/// A copy is counted when the broker has answered it: what never arrived has shown nothing.
class late_copies {
 public:
  using counted = std::function<void(wire::api_key)>;

  late_copies(asio::any_io_executor executor, copy_rules rules, counted answered)
      : executor_(std::move(executor)),
        rules_(std::move(rules)),
        answered_(std::make_shared<counted>(std::move(answered))) {}

  /// A request, without its size, that has gone to `broker`.
  void passed(bytes_view request, const asio::ip::tcp::endpoint& broker);

 private:
  asio::any_io_executor executor_;
  copy_rules rules_;
  std::shared_ptr<counted> answered_;  // copies on their way may outlive us, and tell nobody then
  std::map<wire::api_key, std::uint64_t> seen_;
};

}  // namespace klamm::proxy
