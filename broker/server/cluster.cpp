#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <klamm/broker/cluster.hpp>

#include "broker/server/configuration.hpp"
#include "broker/server/embedded_options.hpp"
#include "broker/server/node_thread.hpp"

namespace klamm::broker {
namespace {

constexpr int most_nodes = 9;

/// What a node is started with, and what it keeps from one start to the next.
struct member {
  server::server_options options;
  link::endpoint address;
  std::unique_ptr<server::node_thread> running;
};

BrokerOptions node_options(const ClusterOptions& from, const std::string& directory, int node) {
  BrokerOptions options;
  options.host = from.host;
  options.port = from.port == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(from.port + node - 1);
  options.data_directory = fmt::format("{}/node-{}", directory, node);
  options.configs = from.configs;
  options.configs.insert_or_assign("node.id", std::to_string(node));
  options.configs.insert_or_assign(
      "listeners", fmt::format("PLAINTEXT://{0}:{1},CONTROLLER://{0}:0", options.host, options.port));
  if (from.nodes > 1) {
    options.configs.emplace("default.replication.factor", std::to_string(std::min(from.nodes, 3)));
    options.configs.emplace("min.insync.replicas", "2");
  }
  return options;
}

std::string text_of(const link::endpoint& at) { return fmt::format("{}:{}", at.host, at.port); }

}  // namespace

class Cluster::Impl {
 public:
  explicit Impl(const ClusterOptions& options) : directory_(options.data_directory) {
    if (options.nodes < 1 || options.nodes > most_nodes)
      throw std::runtime_error(fmt::format("a cluster has 1 to {} nodes, not {}", most_nodes, options.nodes));
    if (directory_.empty()) make_directory();
    for (int node = 1; node <= options.nodes; ++node)
      members_.push_back({server::embedded_options(node_options(options, directory_, node)), {}, nullptr});
    prepare();
    for (auto& one : members_) one.running->start();
    for (auto& one : members_) {
      one.address = one.running->wait_until_serving();
      one.options.listeners = {one.address};
    }
    cluster_id_ = members_.front().running->cluster_id();
  }

  ~Impl() {
    members_.clear();
    if (!temporary_) return;
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  const member& at(int node) const { return members_.at(static_cast<std::size_t>(node - 1)); }
  const std::vector<member>& members() const { return members_; }
  const std::string& cluster_id() const { return cluster_id_; }

  void stop(int node) { find(node).running.reset(); }

  void start(int node) {
    auto& one = find(node);
    if (one.running) return;
    one.running = std::make_unique<server::node_thread>(one.options, silent_log());
    one.running->prepare();
    one.running->start();
    one.running->wait_until_serving();
  }

 private:
  member& find(int node) { return members_.at(static_cast<std::size_t>(node - 1)); }

  void make_directory() {
    auto made = server::make_ephemeral_directory();
    if (!made) throw std::runtime_error(made.failure().message);
    directory_ = std::move(*made);
    temporary_ = true;
  }

  /// Every node has its ports before any has to know those of the others.
  void prepare() {
    std::vector<raft::voter> controllers;
    for (auto& one : members_) {
      one.running = std::make_unique<server::node_thread>(one.options, silent_log());
      one.running->prepare();
      const auto& at = *one.running->controller_address();
      one.options.controller_listener = at;
      controllers.push_back(
          {node_id(static_cast<std::int32_t>(controllers.size() + 1)), {}, "CONTROLLER", at.host, at.port});
    }
    if (controllers.size() == 1) return;
    // What is in the directories may be of an earlier start, at other ports: the id is theirs.
    const auto id = server::cluster_id_of(controllers);
    for (auto& one : members_) {
      one.options.node.controllers = controllers;
      one.running->set_controllers(controllers);
      one.running->set_new_cluster_id(id);
    }
  }

  std::string directory_;
  bool temporary_ = false;
  std::vector<member> members_;
  std::string cluster_id_;
};

Cluster::Cluster(ClusterOptions options) : impl_(std::make_unique<Impl>(options)) {}
Cluster::~Cluster() = default;

int Cluster::size() const { return static_cast<int>(impl_->members().size()); }
std::string Cluster::cluster_id() const { return impl_->cluster_id(); }
std::string Cluster::address(int node) const { return text_of(impl_->at(node).address); }
void Cluster::stop(int node) { impl_->stop(node); }
void Cluster::start(int node) { impl_->start(node); }

std::string Cluster::addresses() const {
  std::vector<std::string> all;
  for (const auto& one : impl_->members()) all.push_back(text_of(one.address));
  return fmt::format("{}", fmt::join(all, ","));
}

}  // namespace klamm::broker
