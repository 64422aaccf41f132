#include <future>
#include <stdexcept>
#include <thread>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <fmt/format.h>

#include <klamm/broker/broker.hpp>

#include "broker/server/configuration.hpp"
#include "broker/server/running_node.hpp"

namespace klamm::broker {
namespace {

server::server_options to_server_options(const BrokerOptions& from) {
  meta::config_map configs;
  for (const auto& [key, value] : from.configs) configs.emplace(key, value);
  configs.insert_or_assign("listeners", fmt::format("PLAINTEXT://{}:{}", from.host, from.port));
  if (!from.advertise.empty())
    configs.insert_or_assign("advertised.listeners", "PLAINTEXT://" + from.advertise);
  if (!from.data_directory.empty()) configs.insert_or_assign("log.dirs", from.data_directory);
  std::vector<std::string> unknown;
  auto options = server::make_options(std::move(configs), unknown);
  if (!options) throw std::runtime_error(options.failure().message);
  if (!unknown.empty())
    throw std::runtime_error(fmt::format("unknown configuration keys: {}", fmt::join(unknown, ", ")));
  if (!options->node.data_directory.empty()) return std::move(*options);
  auto directory = server::make_ephemeral_directory();
  if (!directory) throw std::runtime_error(directory.failure().message);
  options->node.data_directory = std::move(*directory);
  options->ephemeral = true;
  return std::move(*options);
}

}  // namespace

class Broker::Impl {
 public:
  explicit Impl(const BrokerOptions& options)
      : node_(io_.get_executor(), to_server_options(options), silent_log(),
              {[this](const auto& bound) { serving_.set_value(bound.front()); },
               [this](const error& why) { on_ended(why); }}) {
    auto serving = serving_.get_future();
    thread_ = std::thread([this] {
      node_.start();
      io_.run();
    });
    try {
      address_ = serving.get();
    } catch (...) {
      thread_.join();
      throw;
    }
    cluster_id_ = node_.cluster_id();
  }

  ~Impl() { stop(); }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { node_.stop(); });
    thread_.join();
  }

  void advertise(std::optional<link::endpoint> at) {
    asio::post(io_, [this, at = std::move(at)] { node_.advertise(at); });
  }

  const link::endpoint& address() const { return address_; }
  const std::string& cluster_id() const { return cluster_id_; }

 private:
  void on_ended(const error& why) {
    if (address_.port == 0 && why.code != error_code::none)
      serving_.set_exception(std::make_exception_ptr(std::runtime_error(why.message)));
    io_.stop();
  }

  asio::io_context io_{1};
  std::promise<link::endpoint> serving_;
  link::endpoint address_;
  std::string cluster_id_;
  server::running_node node_;
  std::thread thread_;
};

Broker::Broker(BrokerOptions options) : impl_(std::make_unique<Impl>(options)) {}
Broker::~Broker() = default;

std::string Broker::address() const {
  return fmt::format("{}:{}", impl_->address().host, impl_->address().port);
}
std::string Broker::cluster_id() const { return impl_->cluster_id(); }
void Broker::stop() { impl_->stop(); }

void Broker::advertise(const std::string& address) {
  if (address.empty()) return impl_->advertise(std::nullopt);
  auto at = server::parse_endpoint(address);
  if (!at) throw std::runtime_error(at.failure().message);
  impl_->advertise(std::move(*at));
}

}  // namespace klamm::broker
