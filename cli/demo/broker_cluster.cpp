#include "cli/demo/broker_cluster.hpp"

#include <fmt/format.h>

namespace klamm::cli::demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

}  // namespace

broker_cluster::broker_cluster(const std::string& binary, const std::filesystem::path& directory) {
  for (int node = 1; node <= size; ++node)
    brokers_.emplace_back(command(binary, node), directory / fmt::format("node-{}", node));
}

std::vector<std::string> broker_cluster::command(const std::string& binary, int node) const {
  std::string voters;
  for (int n = 1; n <= size; ++n)
    voters += fmt::format("{}{}@127.0.0.1:{}", n == 1 ? "" : ",", n,
                          ports_.at(static_cast<std::size_t>(n - 1)).controllers.number());
  const auto& own = ports_.at(static_cast<std::size_t>(node - 1));
  std::vector<std::string> words{binary, "--until-stdin-ends"};
  for (const auto& property :
       {fmt::format("node.id={}", node),
        fmt::format("listeners=PLAINTEXT://127.0.0.1:{},CONTROLLER://127.0.0.1:{}", own.clients.number(),
                    own.controllers.number()),
        "controller.quorum.voters=" + voters, std::string("default.replication.factor=3"),
        std::string("min.insync.replicas=2"),
        fmt::format("broker.session.timeout.ms={}", session_timeout.count()),
        fmt::format("broker.heartbeat.interval.ms={}", session_timeout.count() / 6)}) {
    words.emplace_back("-X");
    words.push_back(property);
  }
  return words;
}

milliseconds broker_cluster::start() {
  const auto begin = steady_clock::now();
  for (auto& one : brokers_) one.start();
  for (auto& one : brokers_) one.wait_until_ready();
  return since(begin);
}

milliseconds broker_cluster::restart(NodeId node) {
  const auto begin = steady_clock::now();
  at(node).start();
  at(node).wait_until_ready();
  return since(begin);
}

std::string broker_cluster::addresses() const {
  std::string all;
  for (const auto& own : ports_)
    all += fmt::format("{}127.0.0.1:{}", all.empty() ? "" : ",", own.clients.number());
  return all;
}

}  // namespace klamm::cli::demo
