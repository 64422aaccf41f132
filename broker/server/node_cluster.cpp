#include "broker/server/node_cluster.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "broker/log/checkpoint_files.hpp"
#include "broker/server/configuration.hpp"
#include "broker/server/embedded_options.hpp"

namespace klamm::broker::server {
namespace {

constexpr int most_nodes = 9;

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

/// Which nodes of a cluster have been in a directory, the highest number; 0: none.
int highest_node_in(const std::string& directory) {
  for (int node = most_nodes; node > 0; --node)
    if (std::filesystem::exists(fmt::format("{}/node-{}/meta.properties", directory, node))) return node;
  return 0;
}

/// The nodes are configured as each other's voters: with other ones the same logs would be another cluster's.
void check_size(const std::string& directory, int nodes) {
  const auto noted = directory + "/nodes";
  int before = 0;
  if (std::ifstream file(noted); !(file >> before)) before = highest_node_in(directory);
  if (before > 0 && before != nodes)
    throw std::runtime_error(fmt::format(
        "{} has a cluster of {} nodes, and {} are asked for: start as many, or give another directory",
        directory, before, nodes));
  std::filesystem::create_directories(directory);
  if (!(std::ofstream(noted) << nodes << '\n').flush())
    throw std::runtime_error(fmt::format("cannot write {}", noted));
}

}  // namespace

result<void> check_ports(const ClusterOptions& options) {
  const int last = options.port + options.nodes - 1;
  if (options.port == 0 || last <= UINT16_MAX) return {};
  return error(
      error_code::invalid_options,
      fmt::format("{} nodes from port {} on need port {}, and the last one is {}: begin with a lower one",
                  options.nodes, options.port, last, UINT16_MAX));
}

node_cluster::node_cluster(const ClusterOptions& options, log_sink& sink, failed on_failed,
                           api::request_faults* faults, std::stop_token given_up)
    : sink_(sink), on_failed_(std::move(on_failed)), given_up_(std::move(given_up)) {
  if (options.nodes < 1 || options.nodes > most_nodes)
    throw std::runtime_error(fmt::format("a cluster has 1 to {} nodes, not {}", most_nodes, options.nodes));
  if (auto enough = check_ports(options); !enough) throw std::runtime_error(enough.failure().message);
  add_members(options, faults);
  prepare();
  for (auto& one : members_) one.running->start();
  try {
    wait_until_serving();
  } catch (...) {
    leave();
    throw;
  }
  given_up_ = {};
  cluster_id_ = members_.front().running->cluster_id();
}

node_cluster::~node_cluster() { leave(); }

/// One after the other the last ones would wait for a quorum that is gone.
void node_cluster::leave() {
  for (auto& one : members_)
    if (one.running) one.running->begin_to_stop_with_others();
  for (auto& one : members_)
    if (one.running) one.running->wait_until_left();
}

void node_cluster::add_members(const ClusterOptions& options, api::request_faults* faults) {
  auto directory = options.data_directory;
  if (directory.empty()) {
    auto made = make_ephemeral_directory();
    if (!made) throw std::runtime_error(made.failure().message);
    directory = temporary_.own(std::move(*made));
  }
  check_size(directory, options.nodes);
  for (int node = 1; node <= options.nodes; ++node) {
    members_.push_back({node, embedded_options(node_options(options, directory, node)), {}, nullptr});
    members_.back().options.request_faults = faults;
  }
}

std::string node_cluster::addresses() const {
  std::string all;
  for (const auto& one : members_)
    all += fmt::format("{}{}:{}", all.empty() ? "" : ",", one.address.host, one.address.port);
  return all;
}

void node_cluster::start(int node) {
  launch(find(node));
  wait_until_serving();
}

void node_cluster::start_all() {
  for (auto& one : members_) launch(one);
  wait_until_serving();
}

void node_cluster::launch(member& one) {
  if (one.running && one.running->has_ended()) stop(one.number);
  if (one.running) return;
  prepare(one);
  one.running->start();
}

void node_cluster::wait_until_serving() {
  const auto runs = [](const member& one) { return one.running && !one.running->is_paused(); };
  const auto running = std::count_if(members_.begin(), members_.end(), runs);
  if (2 * running <= size()) return;
  for (auto& one : members_)
    if (!one.served && runs(one)) wait_until_serving(one);
}

void node_cluster::wait_until_serving(member& one) try {
  one.address = one.running->wait_until_serving(given_up_);
  one.options.listeners = {one.address};
  one.served = true;
} catch (...) {
  if (!given_up_.stop_requested()) stop(one.number);
  throw;
}

void node_cluster::stop(int node) {
  auto& one = find(node);
  one.running.reset();
  one.served = false;
}

void node_cluster::kill(int node) {
  auto& one = find(node);
  if (one.running) one.running->kill();
  stop(node);
}

void node_cluster::pause(int node) {
  if (auto& running = find(node).running) running->pause();
}

void node_cluster::resume(int node) {
  if (auto& running = find(node).running) running->resume();
}

void node_cluster::prepare(member& one) {
  auto made = std::make_unique<node_thread>(one.options, sink_, [this, node = one.number](const error& why) {
    if (on_failed_) on_failed_(node, why);
  });
  made->prepare();
  one.running = std::move(made);
}

/// Of an earlier start, at other ports: also that of a node whose directory is new.
std::optional<std::string> node_cluster::known_cluster_id() const {
  for (const auto& one : members_) {
    std::ifstream file(one.options.node.data_directory + "/meta.properties");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (const auto known = log::read_meta_properties(text)) return known->cluster_id;
  }
  return std::nullopt;
}

/// Every node has its ports before any has to know those of the others.
void node_cluster::prepare() {
  std::vector<raft::voter> controllers;
  for (auto& one : members_) {
    prepare(one);
    const auto& at = *one.running->controller_address();
    one.options.controller_listener = at;
    controllers.push_back({node_id(one.number), {}, "CONTROLLER", at.host, at.port});
  }
  if (controllers.size() == 1) return;
  const auto id = known_cluster_id().value_or(cluster_id_of(controllers));
  for (auto& one : members_) {
    one.options.node.controllers = controllers;
    one.running->set_controllers(controllers);
    one.running->set_new_cluster_id(id);
  }
}

}  // namespace klamm::broker::server
