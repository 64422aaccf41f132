// The sockets of the driver: how they begin, carry bytes, and end.
#include <cassert>

#include <asio/error.hpp>

#include "net/driver_core.hpp"

namespace klamm::net {
namespace {

// Slices for one system call.
constexpr std::size_t most_gathered = 256;
// System calls for one connection before others get their turn.
constexpr int most_calls = 4;

error lost(const std::error_code& why) {
  return error(error_code::disconnected, why == asio::error::eof ? "the peer closed the connection"
                                                                 : "the connection broke: " + why.message());
}

link::endpoint end_of(const asio::ip::tcp::socket& socket, bool remote) {
  std::error_code gone;
  const auto at = remote ? socket.remote_endpoint(gone) : socket.local_endpoint(gone);
  return gone ? link::endpoint{} : to_endpoint(at);
}

}  // namespace

driver::core::shared_connection driver::core::find(link::connection_id id) const {
  const auto at = connections_.find(id);
  return at == connections_.end() ? nullptr : at->second;
}

void driver::core::on_accepted(link::listener_id listener, asio::ip::tcp::socket socket) {
  auto& open = accepted_[listener];
  if (options_.admits && !options_.admits(static_cast<std::size_t>(socket.native_handle()), open)) return;
  ++open;
  auto c = std::make_shared<connection>();
  c->id = link::connection_id(next_accepted_++);
  c->listener = listener;
  connections_[c->id] = c;
  c->io = over(std::move(socket));
  tell(c,
       link::event::accepted{c->id, listener, end_of(c->io->socket(), true), end_of(c->io->socket(), false)});
  wait_to_read(c);
}

void driver::core::on_connected(const shared_connection& c, const std::string& host,
                                result<asio::ip::tcp::socket> outcome) {
  if (!c || c->gone) return;
  c->connecting.reset();
  if (!outcome) return on_stream(c, outcome.failure());
  auto plain = over(*std::move(outcome));
  if (!options_.tls) return on_stream(c, std::move(plain));
  c->shaking_hands = std::make_shared<tls_handshake>(
      std::make_unique<tls_stream>(options_.tls, host, std::move(plain)),
      [this, id = c->id](result<std::unique_ptr<stream>> secure) { on_stream(find(id), std::move(secure)); });
  c->shaking_hands->start();
}

void driver::core::on_stream(const shared_connection& c, result<std::unique_ptr<stream>> outcome) {
  if (!c || c->gone) return;
  c->shaking_hands.reset();
  if (!outcome) {
    drop(c);
    return tell(c, link::event::closed{c->id, outcome.failure()});
  }
  c->io = *std::move(outcome);
  tell(c, link::event::connected{c->id, end_of(c->io->socket(), true), end_of(c->io->socket(), false)});
  if (!c->out.empty()) mark_dirty(c);
  wait_to_read(c);
}

std::unique_ptr<stream> driver::core::over(asio::ip::tcp::socket socket) const {
  std::error_code ignored;
  if (options_.send_buffer > 0)
    socket.set_option(asio::socket_base::send_buffer_size(options_.send_buffer), ignored);
  if (options_.receive_buffer > 0)
    socket.set_option(asio::socket_base::receive_buffer_size(options_.receive_buffer), ignored);
  return make_tcp_stream(std::move(socket));
}

void driver::core::wait_to_read(const shared_connection& c) {
  if (c->gone || c->read_armed || !(c->reading || c->finishing)) return;
  c->read_armed = true;
  c->io->socket().async_wait(asio::socket_base::wait_read,
                             [self = shared_from_this(), c](const std::error_code&) {
                               c->read_armed = false;
                               if (!c->gone) self->on_readable(c);
                             });
}

void driver::core::on_readable(const shared_connection& c) {
  if (c->finishing) return discard(c);
  if (!c->reading) return;  // resuming waits anew
  read_once(c);
  while (!c->gone && c->reading && c->io->has_buffered()) read_once(c);
  wait_to_read(c);
}

void driver::core::read_once(const shared_connection& c) {
  if (c->forgotten) return;
  const auto room = machine_->read_buffer(c->id);
  assert(!room.empty());
  const auto got = c->io->read(room);
  if (got.failure) return end(c, got.failure);
  if (got.count > 0) tell(c, link::event::received{c->id, got.count});
}

void driver::core::mark_dirty(const shared_connection& c) {
  if (std::exchange(c->dirty, true)) return;
  dirty_.push_back(c);
}

void driver::core::wait_to_write(const shared_connection& c) {
  if (std::exchange(c->write_armed, true)) return;
  c->io->socket().async_wait(asio::socket_base::wait_write,
                             [self = shared_from_this(), c](const std::error_code&) {
                               c->write_armed = false;
                               if (!c->gone && self->machine_) self->write_out(c);
                             });
}

// What does not fit waits until the socket has room. `sent` is told before anything that ends the connection, so that the
// machine knows which requests can have left.
void driver::core::write_out(const shared_connection& c) {
  if (c->gone || !c->io || c->write_armed) return;
  std::array<iovec, most_gathered> gathered;
  std::size_t written = 0;
  std::error_code failure;
  for (int calls = 0; calls < most_calls && !c->out.empty() && !failure; ++calls) {
    const auto offered = c->out.gather(gathered);
    const auto put = c->io->write(offered);
    c->out.consume(put.count);
    written += put.count;
    failure = put.failure;
    if (put.would_block) break;
  }
  if (written) tell(c, link::event::sent{c->id, written});
  if (failure) return on_write_failed(c, failure);
  if (!c->out.empty()) return wait_to_write(c);
  if (c->finishing) finish(c);
}

// The peer may have said something before it went: reading finds that first, and then the end.
void driver::core::on_write_failed(const shared_connection& c, const std::error_code& why) {
  c->out.clear();
  c->write_failed = true;
  if (c->finishing) return drop(c);
  if (!c->reading) end(c, why);
}

// Everything is with the system. Closing now would reset the connection if bytes of the peer were still unread, and a reset
// throws away what the peer has not read of ours: so the end is announced, and the peer's own end awaited.
void driver::core::finish(const shared_connection& c) {
  c->io->end();
  wait_to_read(c);
}

void driver::core::discard(const shared_connection& c) {
  std::array<std::byte, 4096> unwanted;
  for (int calls = 0; calls < most_calls; ++calls) {
    const auto got = c->io->read(unwanted);
    if (got.failure) return drop(c);
    if (got.would_block) break;
  }
  wait_to_read(c);
}

void driver::core::end(const shared_connection& c, const std::error_code& why) {
  drop(c);
  tell(c, link::event::closed{c->id, lost(why)});
}

void driver::core::drop(const shared_connection& c) {
  if (std::exchange(c->gone, true)) return;
  if (c->connecting) c->connecting->cancel();
  if (c->shaking_hands) c->shaking_hands->cancel();
  c->linger.reset();
  if (c->io) {
    std::error_code ignored;
    c->io->socket().close(ignored);
  }
  connections_.erase(c->id);
  if (c->listener) --accepted_[*c->listener];
  for (const auto& [id, listening] : acceptors_) listening->retry();
}

}  // namespace klamm::net
