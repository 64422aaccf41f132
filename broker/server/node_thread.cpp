#include "broker/server/node_thread.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include <asio/post.hpp>

namespace klamm::broker::server {

node_thread::node_thread(server_options options, log_sink& sink, std::function<void(const error&)> failed)
    : failed_(std::move(failed)),
      node_(io_.get_executor(), std::move(options), sink,
            {[this](const auto& bound) {
               served_ = true;
               if (!std::exchange(told_, true)) serving_.set_value(bound.front());
             },
             [this](const error& why) { on_ended(why); }, [this] { on_left(); }}) {}

node_thread::~node_thread() { stop(); }

void node_thread::prepare() {
  if (auto prepared = node_.prepare(); !prepared) throw std::runtime_error(prepared.failure().message);
}

void node_thread::start() {
  thread_ = std::thread([this] {
    node_.start();
    io_.run();
  });
}

template <class Why>
void node_thread::fail_to_serve(const Why& why) {
  if (!std::exchange(told_, true)) serving_.set_exception(std::make_exception_ptr(why));
}

link::endpoint node_thread::wait_until_serving(const std::stop_token& given_up) {
  const std::stop_callback tell(given_up,
                                [this] { asio::post(io_, [this] { fail_to_serve(never_served()); }); });
  return serving_.get_future().get();
}

void node_thread::stop() {
  if (!thread_.joinable()) return;
  resume();
  asio::post(io_, [this] { node_.stop(); });
  thread_.join();
}

void node_thread::begin_to_stop_with_others() {
  if (!thread_.joinable() || has_ended()) return;
  leaves_ = true;
  resume();
  asio::post(io_, [this] { node_.stop(node::others::stop_too); });
}

void node_thread::wait_until_left() {
  if (std::exchange(leaves_, false)) left_.get_future().wait();
}

void node_thread::on_left() {
  if (!std::exchange(has_left_, true)) left_.set_value();
}

void node_thread::kill() {
  if (!thread_.joinable()) return;
  io_.stop();
  resume();
  thread_.join();
}

void node_thread::pause() {
  if (resumed_ || !thread_.joinable()) return;
  resumed_.emplace();
  asio::post(io_, [until = std::make_shared<std::future<void>>(resumed_->get_future())] { until->wait(); });
}

void node_thread::resume() {
  if (!resumed_) return;
  resumed_->set_value();
  resumed_.reset();
}

void node_thread::advertise(std::optional<link::endpoint> at) {
  asio::post(io_, [this, at = std::move(at)] { node_.advertise(at); });
}

void node_thread::on_ended(const error& why) {
  on_left();
  if (why.code == error_code::none)
    fail_to_serve(never_served());
  else if (!served_)
    fail_to_serve(std::runtime_error(why.message));
  else if (failed_)
    failed_(why);
  io_.stop();
}

}  // namespace klamm::broker::server
