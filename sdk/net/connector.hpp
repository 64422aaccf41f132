// Makes one TCP connection to a name: every address it has, in a race with handicaps (RFC 8305, KIP-602).
//
// Addresses alternate between IPv6 and IPv4, in the resolver's order. The next one is tried when the last one failed, or has
// taken `stagger` without an answer; the first to connect wins and the others are dropped. There is no limit of time here:
// who asked gives up by cancel().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "link/transport.hpp"

namespace klamm::net {

/// First the family of the first address, then in turns. Pure.
std::vector<asio::ip::tcp::endpoint> alternate_families(
    const std::vector<asio::ip::tcp::endpoint>& addresses);

class connector : public std::enable_shared_from_this<connector> {
 public:
  using handler = unique_function<void(result<asio::ip::tcp::socket>)>;

  connector(asio::any_io_executor executor, link::endpoint to, duration stagger, handler done);
  void start();
  /// As start, with the addresses that the name has.
  void race(const std::vector<asio::ip::tcp::endpoint>& addresses);
  /// The handler is not called any more.
  void cancel();

 private:
  using tcp = asio::ip::tcp;

  void try_next();
  void on_attempt(std::size_t index, const std::error_code& failure);
  void note_failure(const std::string& where, const std::error_code& why);
  void finish(result<tcp::socket> outcome);

  asio::any_io_executor executor_;
  link::endpoint to_;
  duration stagger_;
  handler done_;
  tcp::resolver resolver_;
  asio::steady_timer next_attempt_;
  std::vector<tcp::endpoint> addresses_;
  std::vector<tcp::socket> attempts_;  // attempts_[i] is to addresses_[i]
  std::size_t pending_ = 0;
  std::string failures_;
};

}  // namespace klamm::net
