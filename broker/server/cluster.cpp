#include <fmt/format.h>

#include <klamm/broker/cluster.hpp>

#include "broker/server/node_cluster.hpp"

namespace klamm::broker {

class Cluster::Impl {
 public:
  explicit Impl(const ClusterOptions& options) : nodes(options, silent_log()) {}
  server::node_cluster nodes;
};

Cluster::Cluster(ClusterOptions options) : impl_(std::make_unique<Impl>(options)) {}
Cluster::~Cluster() = default;

int Cluster::size() const { return impl_->nodes.size(); }
std::string Cluster::cluster_id() const { return impl_->nodes.cluster_id(); }
std::string Cluster::addresses() const { return impl_->nodes.addresses(); }
std::string Cluster::address(int node) const {
  const auto& at = impl_->nodes.address(node);
  return fmt::format("{}:{}", at.host, at.port);
}
void Cluster::stop(int node) { impl_->nodes.stop(node); }
void Cluster::start(int node) { impl_->nodes.start(node); }

}  // namespace klamm::broker
