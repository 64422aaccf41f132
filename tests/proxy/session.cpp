#include "tests/proxy/session.hpp"

#include <asio/buffer.hpp>
#include <asio/write.hpp>

#include "wire/endian.hpp"

namespace klamm::proxy {
namespace {

using asio::ip::tcp;

constexpr std::size_t request_head = 8, response_head = 4;
constexpr std::size_t most_queued = 16;
// No client has so many in flight. Some requests (Produce with acks=0) are never answered, and are forgotten in time.
constexpr std::size_t most_open = 4096;

}  // namespace

session::session(session_context context, tcp::socket client, std::function<void()> ended)
    : context_(context),
      client_(std::move(client)),
      broker_(client_.get_executor()),
      ended_(std::move(ended)),
      up_(client_, broker_,
          {request_head, [this](bytes_view head) { return on_request(head); }, context.requests}),
      down_(broker_, client_, {response_head, [this](bytes_view head) { return on_response(head); }}) {}

void session::start() {
  std::error_code ignored;
  client_.set_option(tcp::no_delay(true), ignored);
  if (context_.receive_buffer > 0)
    client_.set_option(asio::socket_base::receive_buffer_size(context_.receive_buffer), ignored);
  broker_.async_connect(context_.broker, [self = shared_from_this()](const std::error_code& failure) {
    if (self->over_) return;
    if (failure) {
      ++self->context_.referee.so_far().refused;
      return self->end(ending::close);
    }
    std::error_code unset;
    self->broker_.set_option(tcp::no_delay(true), unset);
    self->connected_ = true;
    self->go_on();
  });
}

void session::go_on() {
  if (!connected_) return;
  go_on(up_);
  go_on(down_);
}

void session::end(ending how) {
  if (std::exchange(over_, true)) return;
  for (auto* socket : {&client_, &broker_}) {
    std::error_code gone;
    if (how == ending::reset) socket->set_option(asio::socket_base::linger(true, 0), gone);
    socket->close(gone);
  }
  up_.due.cancel();
  down_.due.cancel();
  ended_();
}

fate session::on_request(bytes_view head) {
  const auto key = static_cast<wire::api_key>(wire::load<std::int16_t>(head.data()));
  if (open_.size() == most_open) open_.pop_front();
  open_.emplace_back(wire::load<std::int32_t>(head.data() + 4), key);
  return context_.referee.request(key);
}

fate session::on_response(bytes_view head) {
  const auto id = wire::load<std::int32_t>(head.data());
  while (!open_.empty() && open_.front().first != id) open_.pop_front();
  if (open_.empty()) return fate::forward;
  const auto key = open_.front().second;
  open_.pop_front();
  return context_.referee.response(key);
}

void session::go_on(pipe& p) {
  if (over_ || context_.paused) return;
  read(p);
  write(p);
}

void session::read(pipe& p) {
  if (p.reading || p.finish != ending::none || p.queue.size() >= most_queued) return;
  p.reading = true;
  p.from.async_read_some(asio::buffer(p.in),
                         [self = shared_from_this(), &p](const std::error_code& failure, std::size_t count) {
                           p.reading = false;
                           if (!self->over_) self->on_read(p, failure, count);
                         });
}

void session::on_read(pipe& p, const std::error_code& failure, std::size_t count) {
  if (failure) {
    p.finish = failure == asio::error::eof ? ending::close : ending::reset;
  } else {
    pipe::chunk passed{asio::steady_timer::clock_type::now() + context_.referee.by().delay, {}};
    p.finish = p.frames.take(bytes_view(p.in).first(count), passed.bytes);
    if (!passed.bytes.empty()) p.queue.push_back(std::move(passed));
  }
  go_on(p);
}

void session::write(pipe& p) {
  if (p.writing || p.waiting) return;
  if (p.queue.empty()) {
    if (p.finish != ending::none) end(p.finish);
    return;
  }
  if (p.queue.front().due > asio::steady_timer::clock_type::now()) return wait(p);
  p.writing = true;
  asio::async_write(p.to, asio::buffer(p.queue.front().bytes),
                    [self = shared_from_this(), &p](const std::error_code& failure, std::size_t) {
                      p.writing = false;
                      if (self->over_) return;
                      p.queue.pop_front();
                      if (failure) return self->end(ending::reset);
                      self->go_on(p);
                    });
}

void session::wait(pipe& p) {
  p.waiting = true;
  p.due.expires_at(p.queue.front().due);
  p.due.async_wait([self = shared_from_this(), &p](const std::error_code&) {
    p.waiting = false;
    self->go_on(p);
  });
}

}  // namespace klamm::proxy
