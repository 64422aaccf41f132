#include "broker/server/running_node.hpp"

#include <algorithm>
#include <filesystem>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "broker/meta/config_view.hpp"
#include "broker/meta/image.hpp"
#include "net/system.hpp"

namespace klamm::broker::server {
namespace {

/// They wait for the disk, not for a processor; beyond these the commits become no fewer.
constexpr int sync_helpers = 8;

std::size_t most_connections(const meta::config_map& configs) {
  const meta::image none;
  return static_cast<std::size_t>(
      meta::config_view(none, configs, node_id()).broker_number("max.connections"));
}

/// Segments that are read keep so many descriptors: a 32nd of what there are.
node::node_options with_readers(node::node_options options) {
  options.open_readers = std::clamp<std::size_t>(net::descriptor_limit() / 32, 8, 1024);
  return options;
}

}  // namespace

running_node::running_node(asio::any_io_executor executor, server_options options, log_sink& sink,
                           callbacks told)
    : executor_(executor),
      options_(std::move(options)),
      told_(std::move(told)),
      host_(
          with_readers(options_.node), {net::system_entropy(), sink, nullptr, options_.request_faults},
          {.data_threads = options_.disk_threads, .helpers = options_.ephemeral ? 0 : sync_helpers},
          [this] { asio::post(executor_, [this] { on_state(); }); },
          [this](node_host::completions done) {
            driver_.post([this, done = std::move(done)](instant now, link::net_effects& out) mutable {
              host_.complete(std::move(done), now, out);
            });
          }),
      admission_(most_connections(options_.node.configs), sink),
      driver_(executor, host_, driver_options()) {}

net::driver_options running_node::driver_options() {
  net::driver_options options;
  options.admits = [this](std::size_t descriptor, std::size_t open) {
    return admission_.admits(net::descriptor_limit(), descriptor, open, net::steady_now());
  };
  return options;
}

running_node::~running_node() {
  driver_.shut_down();
  host_.end_disks();
  remove_ephemeral();  // of one that never came so far as to end
}

result<void> running_node::prepare() {
  if (auto locked = lock(options_.node.data_directory); !locked) return locked;
  const auto& metadata = options_.node.metadata_directory;
  if (auto locked = metadata.empty() ? result<void>() : lock(metadata); !locked) return locked;
  return bind();
}

result<void> running_node::lock(const std::string& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed)
    return error(error_code::io_error, fmt::format("cannot make {}: {}", directory, failed.message()));
  auto lock = directory_lock::acquire(directory);
  if (!lock) return lock.failure();
  locks_.push_back(std::move(*lock));
  return {};
}

result<void> running_node::bind() {
  for (const auto& at : options_.listeners) {
    auto bound = driver_.bind(link::listener_id(static_cast<std::int32_t>(bound_.size())), at);
    if (!bound) return bound.failure();
    bound_.push_back(std::move(*bound));
  }
  if (!bound_.empty()) host_.node().set_bound(bound_.front());
  if (!options_.controller_listener) return {};
  auto bound = driver_.bind(options_.node.controller_listener, *options_.controller_listener);
  if (!bound) return bound.failure();
  bound_controller_ = std::move(*bound);
  host_.node().set_bound_controller(*bound_controller_);
  return {};
}

void running_node::start() {
  if (locks_.empty())
    if (auto prepared = prepare(); !prepared) return end(prepared.failure());
  if (bound_controller_) driver_.accept(options_.node.controller_listener);
  driver_.post([this](instant now, link::net_effects& out) { host_.start(now, out); });
}

void running_node::stop(node::others rest) {
  driver_.stop_listening();
  driver_.post([this, rest](instant now, link::net_effects& out) { host_.stop(now, out, rest); });
}

void running_node::advertise(std::optional<link::endpoint> at) {
  driver_.post([this, at = std::move(at)](instant, link::net_effects&) { host_.node().advertise(at); });
}

void running_node::on_state() {
  switch (host_.node().current_state()) {
    case node::node::state::serving: return serve();
    case node::node::state::left: return told_.left();
    case node::node::state::stopped: return end(error(error_code::none));
    case node::node::state::failed: return end(host_.node().why());
    default: return;
  }
}

void running_node::serve() {
  for (std::size_t i = 0; i < bound_.size(); ++i)
    driver_.accept(link::listener_id(static_cast<std::int32_t>(i)));
  if (bound_.empty() && bound_controller_) return told_.serving({*bound_controller_});
  told_.serving(bound_);
}

void running_node::end(const error& why) {
  if (std::exchange(ended_, true)) return;
  driver_.shut_down();
  remove_ephemeral();
  locks_.clear();
  told_.ended(why);
}

void running_node::remove_ephemeral() {
  if (!std::exchange(options_.ephemeral, false)) return;
  std::error_code ignored;
  std::filesystem::remove_all(options_.node.data_directory, ignored);
}

}  // namespace klamm::broker::server
