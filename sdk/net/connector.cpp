#include "net/connector.hpp"

#include <algorithm>

#include <asio/post.hpp>
#include <fmt/format.h>

namespace klamm::net {

std::vector<asio::ip::tcp::endpoint> alternate_families(
    const std::vector<asio::ip::tcp::endpoint>& addresses) {
  std::vector<asio::ip::tcp::endpoint> same, other, turns;
  for (const auto& address : addresses)
    (address.protocol() == addresses.front().protocol() ? same : other).push_back(address);
  for (std::size_t i = 0; i < std::max(same.size(), other.size()); ++i) {
    if (i < same.size()) turns.push_back(same[i]);
    if (i < other.size()) turns.push_back(other[i]);
  }
  return turns;
}

connector::connector(asio::any_io_executor executor, link::endpoint to, duration stagger, handler done)
    : executor_(executor),
      to_(std::move(to)),
      stagger_(stagger),
      done_(std::move(done)),
      resolver_(executor),
      next_attempt_(executor) {}

void connector::start() {
  std::error_code not_numeric;
  const auto address = asio::ip::make_address(to_.host, not_numeric);
  if (!not_numeric) {
    asio::post(executor_,
               [self = shared_from_this(), at = tcp::endpoint(address, to_.port)] { self->race({at}); });
    return;
  }
  resolver_.async_resolve(
      to_.host, std::to_string(to_.port), tcp::resolver::numeric_service,
      [self = shared_from_this()](const std::error_code& failure, const tcp::resolver::results_type& found) {
        if (failure) self->note_failure("resolving the name", failure);
        self->race({found.begin(), found.end()});
      });
}

void connector::cancel() {
  done_ = nullptr;
  resolver_.cancel();
  next_attempt_.cancel();
  attempts_.clear();
}

void connector::race(const std::vector<tcp::endpoint>& addresses) {
  if (!done_) return;
  addresses_ = alternate_families(addresses);
  attempts_.reserve(addresses_.size());
  try_next();
}

void connector::try_next() {
  if (!done_) return;
  if (attempts_.size() == addresses_.size()) {
    if (pending_ > 0) return;
    return finish(error(error_code::connect_failed,
                        fmt::format("cannot connect to {}:{}: {}", to_.host, to_.port,
                                    failures_.empty() ? "the name has no address" : failures_)));
  }
  const auto index = attempts_.size();
  ++pending_;
  attempts_.emplace_back(executor_);
  attempts_.back().async_connect(addresses_[index],
                                 [self = shared_from_this(), index](const std::error_code& failure) {
                                   self->on_attempt(index, failure);
                                 });
  if (attempts_.size() == addresses_.size()) return;
  next_attempt_.expires_after(stagger_);
  next_attempt_.async_wait([self = shared_from_this()](const std::error_code& cancelled) {
    if (!cancelled) self->try_next();
  });
}

void connector::on_attempt(std::size_t index, const std::error_code& failure) {
  if (!done_) return;
  --pending_;
  if (!failure) return finish(std::move(attempts_[index]));
  note_failure(addresses_[index].address().to_string(), failure);
  next_attempt_.cancel();
  try_next();
}

void connector::note_failure(const std::string& where, const std::error_code& why) {
  fmt::format_to(std::back_inserter(failures_), "{}{}: {}", failures_.empty() ? "" : "; ", where,
                 why.message());
}

void connector::finish(result<tcp::socket> outcome) {
  auto done = std::exchange(done_, nullptr);
  next_attempt_.cancel();
  attempts_.clear();
  done(std::move(outcome));
}

}  // namespace klamm::net
