#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <klamm/admin.hpp>
#include <klamm/testing.hpp>

#include "base/log_sink.hpp"
#include "broker/server/node_cluster.hpp"
#include "broker/testing/fault_rules.hpp"
#include "broker/testing/topic_records.hpp"

namespace klamm::testing {
inline namespace v1 {
namespace {

broker::ClusterOptions options_of(int brokers, std::map<std::string, std::string> configs) {
  configs.emplace("controller.quorum.election.timeout.ms", "100");
  configs.emplace("controller.quorum.fetch.timeout.ms", "1000");
  configs.emplace("broker.session.timeout.ms", "1000");
  configs.emplace("broker.heartbeat.interval.ms", "150");
  configs.emplace("max.incremental.fetch.session.cache.slots", "0");
  broker::ClusterOptions options;
  options.nodes = brokers;
  options.configs = std::move(configs);
  return options;
}

error_code protocol_error(errc error) {
  const auto code = static_cast<error_code>(error);
  constexpr int first_local = 10'000;  // error_table.def
  if (static_cast<int>(code) >= first_local || code == error_code::none)
    throw std::invalid_argument(
        fmt::format("no broker answers {}: a fault needs an error of the protocol", name(code)));
  return code;
}

}  // namespace

class Cluster::Impl {
 public:
  Impl(int brokers, std::map<std::string, std::string> configs)
      : nodes(options_of(brokers, std::move(configs)), silent_log(), nullptr, &faults) {}
  /// What they have is gone in a moment: an orderly end would be for nobody.
  ~Impl() {
    for (int node = 1; node <= nodes.size(); ++node) nodes.kill(node);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  int number(NodeId broker) const {
    if (broker.value >= 1 && broker.value <= nodes.size()) return broker.value;
    throw std::invalid_argument(
        fmt::format("there is no broker {}: this cluster has 1 to {}", broker.value, nodes.size()));
  }

  fault_rule rule(Api api, const FaultScope& scope) const {
    if (scope.times < 1)
      throw std::invalid_argument(fmt::format("a fault is met 1 time or more, not {}", scope.times));
    fault_rule made{static_cast<wire::api_key>(api), scope.times, std::string(scope.topic), node_id()};
    if (scope.broker != NodeId()) made.broker = node_id(number(scope.broker));
    return made;
  }

  ClientOptions client() const { return {.bootstrap_servers = nodes.addresses()}; }

  /// For what the cluster asks itself.
  ClientOptions own() const {
    auto options = client();
    options.client_id = own_client;
    options.api_timeout = Millis(10'000);
    return options;
  }

  fault_rules faults;  // outlives the nodes
  broker::server::node_cluster nodes;
};

Cluster::Cluster(int brokers, std::map<std::string, std::string> configs)
    : impl_(std::make_unique<Impl>(brokers, std::move(configs))) {}
Cluster::~Cluster() = default;

int Cluster::size() const { return impl_->nodes.size(); }
ClientOptions Cluster::client() const { return impl_->client(); }
void Cluster::create_topic(const NewTopic& topic) { Admin(impl_->own()).create_topic(topic); }
std::vector<Record> Cluster::records(std::string_view topic) const { return records_of(impl_->own(), topic); }

void Cluster::stop(NodeId broker) { impl_->nodes.stop(impl_->number(broker)); }
void Cluster::kill(NodeId broker) { impl_->nodes.kill(impl_->number(broker)); }
void Cluster::pause(NodeId broker) { impl_->nodes.pause(impl_->number(broker)); }

void Cluster::start(NodeId broker) {
  const int node = impl_->number(broker);
  impl_->nodes.resume(node);
  impl_->nodes.start(node);
}

void Cluster::heal() {
  impl_->faults.clear();
  for (int node = 1; node <= size(); ++node) impl_->nodes.resume(node);
  impl_->nodes.start_all();
}

void Cluster::fail(Api api, errc error, FaultScope scope) {
  auto rule = impl_->rule(api, scope);
  rule.fail = protocol_error(error);
  impl_->faults.add(std::move(rule));
}

void Cluster::delay(Api api, Millis by, FaultScope scope) {
  if (by < Millis(0)) throw std::invalid_argument(fmt::format("a delay of {} ms", by.count()));
  auto rule = impl_->rule(api, scope);
  constexpr Millis longest = std::chrono::hours(24 * 365);
  rule.delay = std::min(by, longest);
  impl_->faults.add(std::move(rule));
}

void Cluster::lose_reply(Api api, FaultScope scope) {
  auto rule = impl_->rule(api, scope);
  rule.lose_reply = true;
  impl_->faults.add(std::move(rule));
}

int Cluster::faults_met() const { return impl_->faults.met(); }

}  // namespace v1
}  // namespace klamm::testing
