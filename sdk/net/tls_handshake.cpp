#include "net/tls_handshake.hpp"

#include <utility>

namespace klamm::net {

void tls_handshake::start() {
  const auto self = shared_from_this();  // the handler may let go of it
  go_on();
}

void tls_handshake::cancel() {
  done_ = nullptr;
  over_.reset();
}

void tls_handshake::go_on() {
  if (!done_) return;
  const auto step = over_->handshake();
  if (!step) return finish(step.failure());
  if (*step == tls_stream::step::done) return finish(std::unique_ptr<stream>(std::move(over_)));
  const auto until =
      *step == tls_stream::step::wants_to_read ? asio::socket_base::wait_read : asio::socket_base::wait_write;
  over_->socket().async_wait(until, [self = shared_from_this()](const std::error_code&) { self->go_on(); });
}

void tls_handshake::finish(result<std::unique_ptr<stream>> outcome) {
  auto done = std::exchange(done_, nullptr);
  done(std::move(outcome));
}

}  // namespace klamm::net
