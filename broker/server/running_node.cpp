#include "broker/server/running_node.hpp"

#include <filesystem>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "net/system.hpp"

namespace klamm::broker::server {
namespace {

/// They wait for the disk, not for a processor; beyond these the commits become no fewer.
constexpr int sync_helpers = 8;

}  // namespace

running_node::running_node(asio::any_io_executor executor, server_options options, log_sink& sink,
                           callbacks told)
    : executor_(executor),
      options_(std::move(options)),
      told_(std::move(told)),
      host_(options_.node, {net::system_entropy(), sink}, {.helpers = options_.ephemeral ? 0 : sync_helpers},
            [this] { asio::post(executor_, [this] { on_state(); }); }),
      driver_(executor, host_) {}

running_node::~running_node() { driver_.shut_down(); }

void running_node::start() {
  const auto& directory = options_.node.data_directory;
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed)
    return end({error_code::io_error, fmt::format("cannot make {}: {}", directory, failed.message())});
  auto lock = directory_lock::acquire(directory);
  if (!lock) return end(lock.failure());
  lock_.emplace(std::move(*lock));
  driver_.post([this](instant now, link::net_effects& out) { host_.start(now, out); });
}

void running_node::stop() {
  driver_.stop_listening();
  driver_.post([this](instant now, link::net_effects& out) { host_.stop(now, out); });
}

void running_node::advertise(std::optional<link::endpoint> at) {
  driver_.post([this, at = std::move(at)](instant, link::net_effects&) { host_.node().advertise(at); });
}

void running_node::on_state() {
  switch (host_.node().current_state()) {
    case node::node::state::serving: return listen();
    case node::node::state::stopped: return end(error(error_code::none));
    case node::node::state::failed: return end(host_.node().why());
    default: return;
  }
}

void running_node::listen() {
  std::vector<link::endpoint> bound;
  for (const auto& at : options_.listeners) {
    const link::listener_id id(static_cast<std::int32_t>(bound.size()));
    auto listening = driver_.listen(id, at);
    if (!listening) return end(listening.failure());
    bound.push_back(std::move(*listening));
  }
  told_.serving(bound);
}

void running_node::end(const error& why) {
  if (std::exchange(ended_, true)) return;
  driver_.shut_down();
  if (options_.ephemeral) {
    std::error_code ignored;
    std::filesystem::remove_all(options_.node.data_directory, ignored);
  }
  lock_.reset();
  told_.ended(why);
}

}  // namespace klamm::broker::server
