#include "tests/proxy/frame_proxy.hpp"

#include <set>
#include <vector>

#include <asio/ip/tcp.hpp>

#include "net/acceptor.hpp"
#include "tests/proxy/session.hpp"

namespace klamm::proxy {

struct frame_proxy::core : std::enable_shared_from_this<core> {
  core(asio::any_io_executor e, proxy_options o)
      : executor(e),
        options(std::move(o)),
        judge(options.rules),
        copies(e, options.copies, [this](wire::api_key key) { ++judge.so_far().copied[key]; }),
        listening(std::make_shared<net::acceptor>(e, millis(100))) {}

  // Empty where nobody wants whole requests: frames need not be gathered then.
  frame_stream::tap requests() {
    if (options.copies.every.empty()) return options.requests;
    return [this](bytes_view frame) {
      if (options.requests) options.requests(frame);
      copies.passed(frame, broker);
    };
  }

  void accept(asio::ip::tcp::socket client) {
    ++judge.so_far().connections;
    const auto made = std::make_shared<std::weak_ptr<session>>();
    auto fresh =
        std::make_shared<session>(session_context{judge, requests(), paused, broker, options.receive_buffer},
                                  std::move(client), [self = shared_from_this(), made] {
                                    self->sessions.erase(made->lock());
                                    self->listening->retry();
                                  });
    *made = fresh;
    sessions.insert(fresh);
    fresh->start();
  }

  asio::any_io_executor executor;
  const proxy_options options;
  referee judge;
  late_copies copies;
  asio::ip::tcp::endpoint broker;
  std::shared_ptr<net::acceptor> listening;
  std::set<std::shared_ptr<session>> sessions;
  bool paused = false;
};

frame_proxy::frame_proxy(asio::any_io_executor executor, proxy_options options)
    : core_(std::make_shared<core>(std::move(executor), std::move(options))) {}
frame_proxy::~frame_proxy() { stop(); }

result<link::endpoint> frame_proxy::start() {
  std::error_code failure;
  const auto& to = core_->options.broker;
  core_->broker = {asio::ip::make_address(to.host, failure), to.port};
  if (failure)
    return error(error_code::invalid_options,
                 "the broker's address is to be numeric, as 127.0.0.1:9092, not " + to.host);
  auto bound = core_->listening->listen(core_->options.listen);
  if (bound)
    core_->listening->start([core = std::weak_ptr(core_)](asio::ip::tcp::socket client) {
      if (const auto alive = core.lock()) alive->accept(std::move(client));
    });
  return bound;
}

void frame_proxy::pause() { core_->paused = true; }

void frame_proxy::resume() {
  core_->paused = false;
  // One that goes on may end, and leave the set.
  const std::vector<std::shared_ptr<session>> all(core_->sessions.begin(), core_->sessions.end());
  for (const auto& one : all) one->go_on();
}

void frame_proxy::stop() {
  core_->listening->stop();
  const auto all = core_->sessions;
  for (const auto& one : all) one->end(ending::reset);
}

const counts& frame_proxy::so_far() const { return core_->judge.so_far(); }

}  // namespace klamm::proxy
