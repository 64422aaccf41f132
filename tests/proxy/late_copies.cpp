#include "tests/proxy/late_copies.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "wire/endian.hpp"

namespace klamm::proxy {
namespace {

// How long a copy and its answer may take.
constexpr auto patience = std::chrono::seconds(10);

// Sends one frame once it is due, and says when the first bytes of an answer have come. It lives in its own callbacks.
class copy : public std::enable_shared_from_this<copy> {
 public:
  copy(const asio::any_io_executor& executor, bytes_view request, std::function<void()> answered)
      : socket_(executor),
        timer_(executor),
        frame_(answer_.size() + request.size()),
        answered_(std::move(answered)) {
    wire::store(frame_.data(), static_cast<std::int32_t>(request.size()));
    std::ranges::copy(request, frame_.begin() + answer_.size());
  }

  void start(duration late, const asio::ip::tcp::endpoint& broker) {
    timer_.expires_after(late);
    timer_.async_wait([self = shared_from_this(), broker](const std::error_code& failure) {
      if (!failure) self->connect(broker);
    });
  }

 private:
  // What fails ends the copy, and its timer with it.
  template <class F>
  auto next(F step) {
    return [self = shared_from_this(), step](const std::error_code& failure, std::size_t = 0) {
      if (failure)
        self->timer_.cancel();
      else
        step();
    };
  }

  void connect(const asio::ip::tcp::endpoint& broker) {
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](const std::error_code&) {
      std::error_code gone;
      self->socket_.close(gone);
    });
    socket_.async_connect(broker, next([this] { send(); }));
  }

  void send() {
    asio::async_write(socket_, asio::buffer(frame_), next([this] { hear(); }));
  }

  void hear() {
    asio::async_read(socket_, asio::buffer(answer_), next([this] {
                       timer_.cancel();
                       answered_();
                     }));
  }

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  std::array<std::byte, 4> answer_{};  // its size
  std::vector<std::byte> frame_;
  std::function<void()> answered_;
};

}  // namespace

void late_copies::passed(bytes_view request, const asio::ip::tcp::endpoint& broker) {
  const auto key = static_cast<wire::api_key>(wire::load<std::int16_t>(request.data()));
  const auto rule = rules_.every.find(key);
  if (rule == rules_.every.end() || ++seen_[key] % rule->second != 0) return;
  const auto answered = [to = std::weak_ptr(answered_), key] {
    if (const auto alive = to.lock()) (*alive)(key);
  };
  std::make_shared<copy>(executor_, request, answered)->start(rules_.late, broker);
}

}  // namespace klamm::proxy
