#include <stdexcept>

#include <fmt/format.h>

#include <klamm/broker/broker.hpp>

#include "broker/server/configuration.hpp"
#include "broker/server/embedded_options.hpp"
#include "broker/server/node_thread.hpp"

namespace klamm::broker {

class Broker::Impl {
 public:
  explicit Impl(const BrokerOptions& options) : node_(server::embedded_options(options), silent_log()) {
    node_.prepare();
    node_.start();
    address_ = node_.wait_until_serving();
    cluster_id_ = node_.cluster_id();
  }

  server::node_thread& node() { return node_; }
  const link::endpoint& address() const { return address_; }
  const std::string& cluster_id() const { return cluster_id_; }

 private:
  link::endpoint address_;
  std::string cluster_id_;
  server::node_thread node_;
};

Broker::Broker(BrokerOptions options) : impl_(std::make_unique<Impl>(options)) {}
Broker::~Broker() = default;

std::string Broker::address() const {
  return fmt::format("{}:{}", impl_->address().host, impl_->address().port);
}
std::string Broker::cluster_id() const { return impl_->cluster_id(); }
void Broker::stop() { impl_->node().stop(); }

void Broker::advertise(const std::string& address) {
  if (address.empty()) return impl_->node().advertise(std::nullopt);
  auto at = server::parse_endpoint(address);
  if (!at) throw std::runtime_error(at.failure().message);
  impl_->node().advertise(std::move(*at));
}

}  // namespace klamm::broker
