// A proxy on a thread of its own, for tests: each call returns when it has happened.
#pragma once

#include <future>
#include <optional>
#include <stdexcept>

#include <asio/packaged_task.hpp>
#include <asio/post.hpp>
#include <fmt/format.h>

#include "net/io_threads.hpp"
#include "tests/proxy/frame_proxy.hpp"

namespace klamm::proxy {

class proxy_thread {
 public:
  explicit proxy_thread(proxy_options options) : thread_(1) {
    on_thread([&] {
      proxy_.emplace(thread_.next(), std::move(options));
      const auto bound = proxy_->start();
      if (!bound) throw std::runtime_error(bound.failure().message);
      address_ = fmt::format("{}:{}", bound->host, bound->port);
    });
  }
  ~proxy_thread() {
    on_thread([&] { proxy_.reset(); });
  }
  proxy_thread(const proxy_thread&) = delete;
  proxy_thread& operator=(const proxy_thread&) = delete;

  /// What clients connect to.
  const std::string& address() const { return address_; }
  void pause() {
    on_thread([&] { proxy_->pause(); });
  }
  void resume() {
    on_thread([&] { proxy_->resume(); });
  }
  counts so_far() {
    counts now;
    on_thread([&] { now = proxy_->so_far(); });
    return now;
  }

 private:
  template <class F>
  void on_thread(F what) {
    asio::post(thread_.next(), std::packaged_task<void()>(std::move(what))).get();
  }

  net::io_threads thread_;
  std::optional<frame_proxy> proxy_;
  std::string address_;
};

}  // namespace klamm::proxy
