// One client's connection and its counterpart to the broker.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "tests/proxy/referee.hpp"

namespace klamm::proxy {

/// What a session has of its proxy, which outlives it.
struct session_context {
  klamm::proxy::referee& referee;
  frame_stream::tap requests;
  const bool& paused;
  asio::ip::tcp::endpoint broker;
  int receive_buffer = 0;
};

class session : public std::enable_shared_from_this<session> {
 public:
  /// `ended` is called once. What `context` refers to outlives the session.
  session(session_context context, asio::ip::tcp::socket client, std::function<void()> ended);

  void start();
  /// Does what may be done now, after a pause.
  void go_on();
  void end(ending how);

 private:
  // One direction: what was read, on its way to the other end.
  struct pipe {
    pipe(asio::ip::tcp::socket& f, asio::ip::tcp::socket& t, frame_stream s)
        : from(f), to(t), frames(std::move(s)), due(f.get_executor()) {}

    struct chunk {
      asio::steady_timer::time_point due;
      std::vector<std::byte> bytes;
    };
    asio::ip::tcp::socket& from;
    asio::ip::tcp::socket& to;
    frame_stream frames;
    std::array<std::byte, std::size_t{64} << 10> in;
    std::deque<chunk> queue;
    asio::steady_timer due;
    ending finish = ending::none;  // once the queue is empty
    bool reading = false, writing = false, waiting = false;
  };

  fate on_request(bytes_view head);
  fate on_response(bytes_view head);
  void go_on(pipe& p);
  void read(pipe& p);
  void on_read(pipe& p, const std::error_code& failure, std::size_t count);
  void write(pipe& p);
  void wait(pipe& p);

  session_context context_;
  asio::ip::tcp::socket client_, broker_;
  std::function<void()> ended_;
  // Requests without a response so far, by correlation id.
  std::deque<std::pair<std::int32_t, wire::api_key>> open_;
  pipe up_, down_;
  bool connected_ = false, over_ = false;
};

}  // namespace klamm::proxy
