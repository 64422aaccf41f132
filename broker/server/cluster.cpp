#include <fmt/format.h>
#include <fmt/ranges.h>

#include <klamm/broker/cluster.hpp>

#include "broker/server/node_cluster.hpp"

namespace klamm::broker {
namespace {

std::string text_of(const link::endpoint& at) { return fmt::format("{}:{}", at.host, at.port); }

}  // namespace

class Cluster::Impl {
 public:
  explicit Impl(const ClusterOptions& options) : nodes(options, silent_log()) {}
  server::node_cluster nodes;
};

Cluster::Cluster(ClusterOptions options) : impl_(std::make_unique<Impl>(options)) {}
Cluster::~Cluster() = default;

int Cluster::size() const { return impl_->nodes.size(); }
std::string Cluster::cluster_id() const { return impl_->nodes.cluster_id(); }
std::string Cluster::address(int node) const { return text_of(impl_->nodes.address(node)); }
void Cluster::stop(int node) { impl_->nodes.stop(node); }
void Cluster::start(int node) { impl_->nodes.start(node); }

std::string Cluster::addresses() const {
  std::vector<std::string> all;
  for (int node = 1; node <= size(); ++node) all.push_back(address(node));
  return fmt::format("{}", fmt::join(all, ","));
}

}  // namespace klamm::broker
