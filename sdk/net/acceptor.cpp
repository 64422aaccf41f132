#include "net/acceptor.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

namespace klamm::net {
namespace {

using asio::ip::tcp;

// Accepted in one go before other sockets get their turn.
constexpr int accept_batch = 64;

// Whether accept failed because of the one that connected, who is gone again: accept(2) lists these. Anything else, and
// above all the want of descriptors or memory, is about us, and the one that connected still waits.
bool about_the_peer(const std::error_code& failure) {
  constexpr int errors[] = {ECONNABORTED, EPROTO,       EINTR,      ENETDOWN,    ENOPROTOOPT, EHOSTDOWN,
                            ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, ETIMEDOUT,   EPERM};
  return std::ranges::find(errors, failure.value()) != std::end(errors);
}

result<tcp::endpoint> first_address(const asio::any_io_executor& executor, const link::endpoint& at) {
  std::error_code failure;
  const auto numeric = asio::ip::make_address(at.host, failure);
  if (!failure) return tcp::endpoint(numeric, at.port);
  tcp::resolver resolver(executor);
  const auto found = resolver.resolve(at.host, std::to_string(at.port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, failure);
  if (failure || found.empty())
    return error(error_code::connect_failed,
                 fmt::format("cannot listen on {}:{}: the name does not resolve ({})", at.host, at.port,
                             failure.message()));
  return found.begin()->endpoint();
}

}  // namespace

link::endpoint to_endpoint(const tcp::endpoint& from) { return {from.address().to_string(), from.port()}; }

acceptor::acceptor(asio::any_io_executor executor, duration backoff)
    : socket_(executor), rest_timer_(executor), backoff_(backoff) {}

result<link::endpoint> acceptor::listen(const link::endpoint& at) {
  const auto address = first_address(socket_.get_executor(), at);
  if (!address) return address.failure();
  std::error_code failure;
  const auto step = [&](auto&& act) {
    if (!failure) act();
  };
  step([&] { socket_.open(address->protocol(), failure); });
  step([&] { socket_.set_option(tcp::acceptor::reuse_address(true), failure); });
  step([&] { socket_.bind(*address, failure); });
  step([&] { socket_.listen(asio::socket_base::max_listen_connections, failure); });
  step([&] { socket_.non_blocking(true, failure); });
  if (failure)
    return error(error_code::connect_failed,
                 fmt::format("cannot listen on {}:{}: {}", at.host, at.port, failure.message()));
  return to_endpoint(socket_.local_endpoint());
}

void acceptor::start(handler on_accepted) {
  on_accepted_ = std::move(on_accepted);
  wait();
}

void acceptor::stop() {
  std::error_code ignored;
  socket_.close(ignored);
  rest_timer_.cancel();
  on_accepted_ = nullptr;
}

void acceptor::retry() {
  if (resting_) rest_timer_.cancel();
}

void acceptor::wait() {
  socket_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const std::error_code& failure) {
    if (!failure && self->socket_.is_open()) self->accept_all();
  });
}

void acceptor::accept_all() {
  for (int i = 0; i < accept_batch && socket_.is_open(); ++i) {
    std::error_code failure;
    tcp::socket accepted(socket_.get_executor());
    socket_.accept(accepted, failure);
    if (failure == asio::error::would_block || failure == asio::error::try_again) break;
    if (failure && !about_the_peer(failure)) return rest();
    if (!failure) on_accepted_(std::move(accepted));
  }
  if (socket_.is_open()) wait();
}

void acceptor::rest() {
  resting_ = true;
  rest_timer_.expires_after(backoff_);
  rest_timer_.async_wait([self = shared_from_this()](const std::error_code&) {
    self->resting_ = false;
    if (self->socket_.is_open()) self->wait();
  });
}

}  // namespace klamm::net
