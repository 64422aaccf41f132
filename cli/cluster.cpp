// kcli cluster info | quorum [add-voter | remove-voter] | features | unregister
#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>

#include <klamm/admin.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/table.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

constexpr const char* metadata_version = "metadata.version";

/// The active controller. Metadata names whichever broker takes requests for it, so the quorum is asked; brokers that know of no
/// quorum, or tell this user nothing, leave what Metadata says.
NodeId controller_of(Admin& admin, const ClusterDescription& cluster) {
  const auto quorum = admin.describe_quorum(as_result);
  return quorum ? quorum->leader : cluster.controller;
}

int info(const session& in) {
  auto rows = in.rows({"cluster", "node", "host", "port", "rack", "controller"}, {"metadata_version"});
  Admin admin(in.client());
  const auto cluster = admin.describe_cluster();
  const auto controller = controller_of(admin, cluster);
  const auto features = admin.describe_features();
  const auto level = features.finalized.find(metadata_version);
  for (const auto& node : cluster.nodes)
    rows.add({cluster.cluster_id, node.id.value, node.host, node.port,
              node.rack.empty() ? nullptr : nlohmann::ordered_json(node.rack), node.id == controller,
              level == features.finalized.end() ? nullptr : nlohmann::ordered_json(level->second)});
  rows.print(std::cout);
  return ok;
}

nlohmann::ordered_json milliseconds(const std::optional<Timestamp>& at) {
  return at ? nlohmann::ordered_json(at->time_since_epoch().count()) : nullptr;
}

/// What the lag of the others is counted from.
Offset end_of_leader(const QuorumInfo& quorum) {
  const auto leader = std::ranges::find(quorum.voters, quorum.leader, &QuorumReplica::id);
  return leader == quorum.voters.end() ? quorum.high_watermark : leader->log_end;
}

int quorum(const session& in) {
  auto rows =
      in.rows({"node", "status", "epoch", "high_watermark", "log_end", "lag", "last_fetch", "last_caught_up"},
              {"directory", "endpoints"});
  const auto quorum = Admin(in.client()).describe_quorum();
  const auto end = end_of_leader(quorum);
  const auto add = [&](const QuorumReplica& one, const char* status) {
    auto endpoints = nlohmann::ordered_json::array();
    for (const auto& at : quorum.endpoints)
      if (at.node == one.id)
        endpoints.push_back(at.listener + "://" + at.host + ':' + std::to_string(at.port));
    rows.add({one.id.value, status, quorum.leader_epoch, quorum.high_watermark.value, one.log_end.value,
              one.log_end.value < 0 ? nullptr : nlohmann::ordered_json(end.value - one.log_end.value),
              milliseconds(one.last_fetch), milliseconds(one.last_caught_up),
              one.directory_id.empty() ? nullptr : nlohmann::ordered_json(one.directory_id), endpoints});
  };
  for (const auto& voter : quorum.voters) add(voter, voter.id == quorum.leader ? "leader" : "follower");
  for (const auto& observer : quorum.observers) add(observer, "observer");
  rows.print(std::cout);
  return ok;
}

int features(const session& in) {
  auto rows = in.rows({"feature", "level", "min", "max"}, {"epoch"});
  const auto known = Admin(in.client()).describe_features();
  const auto add = [&](const std::string& name, const nlohmann::ordered_json& level) {
    const auto range = known.supported.find(name);
    const bool supported = range != known.supported.end();
    rows.add({name, level, supported ? nlohmann::ordered_json(range->second.min) : nullptr,
              supported ? nlohmann::ordered_json(range->second.max) : nullptr, known.epoch});
  };
  for (const auto& [name, level] : known.finalized) add(name, level);
  // What is not finalized is off.
  for (const auto& [name, range] : known.supported)
    if (!known.finalized.contains(name)) add(name, 0);
  rows.print(std::cout);
  return ok;
}

int unregister(const session& in, NodeId broker) {
  if (!in.confirm("Make the cluster forget broker " + std::to_string(broker.value) + "?")) return usage;
  Admin(in.client()).unregister_broker(broker);
  return ok;
}

struct voter_arguments {
  std::int32_t node = -1;
  std::string directory, endpoint;
};

/// NAME://HOST:PORT.
QuorumEndpoint parse_endpoint(const std::string& text) {
  const auto name = text.find("://"), port = text.rfind(':');
  QuorumEndpoint at;
  const auto* const end = text.data() + text.size();
  const auto digits = name == std::string::npos || port <= name ? end : text.data() + port + 1;
  const auto [behind, failed] = std::from_chars(digits, end, at.port);
  if (failed != std::errc{} || behind != end || at.port < 1 || at.port > 65535)
    throw CLI::ValidationError("ENDPOINT", "\"" + text + "\" is no NAME://HOST:PORT");
  at.listener = text.substr(0, name);
  at.host = text.substr(name + 3, port - name - 3);
  return at;
}

int add_voter(const session& in, const voter_arguments& given) {
  Admin(in.client()).add_raft_voter(NodeId(given.node), given.directory, {parse_endpoint(given.endpoint)});
  return ok;
}

int remove_voter(const session& in, const voter_arguments& given) {
  if (!in.confirm("Remove node " + std::to_string(given.node) + " from the voters of the metadata quorum?"))
    return usage;
  Admin(in.client()).remove_raft_voter(NodeId(given.node), given.directory);
  return ok;
}

void declare_voters(CLI::App& of, session& in) {
  const auto given = std::make_shared<voter_arguments>();
  const auto changes = [&](const char* name, const char* help,
                           int (*run)(const session&, const voter_arguments&)) {
    auto* verb = of.add_subcommand(name, help);
    verb->add_option("NODE", given->node, "its id")->required()->check(at_least(0));
    verb->add_option("DIRECTORY", given->directory,
                     "its directory id, as `kcli cluster quorum -o wide` has it")
        ->required();
    verb->callback([&in, given, run] { in.run = [&in, given, run] { return run(in, *given); }; });
    return verb;
  };
  auto* adds = changes("add-voter", "make an observer of the metadata quorum a voter (KIP-853)", add_voter);
  adds->add_option("ENDPOINT", given->endpoint, "where other controllers reach it, as CONTROLLER://HOST:PORT")
      ->required();
  changes("remove-voter", "make a voter of the metadata quorum an observer", remove_voter);
}

}  // namespace

void declare_cluster(CLI::App& app, session& in) {
  auto* noun =
      app.add_subcommand("cluster", "show brokers, the metadata quorum and features")->require_subcommand(1);
  const auto shows = [&](const char* name, const char* help, int (*run)(const session&)) {
    auto* verb = noun->add_subcommand(name, help);
    in.declare_output(*verb);
    verb->callback([&in, verb, run] {
      if (verb->get_subcommands().empty()) in.run = [&in, run] { return run(in); };
    });
    return verb;
  };
  shows("info", "list the brokers, and which is the active controller", info);
  declare_voters(*shows("quorum", "show who leads the metadata quorum, and how far its members are", quorum),
                 in);
  shows("features", "list the features' levels, and which a broker supports", features);

  auto* unregisters = noun->add_subcommand("unregister", "make the cluster forget a broker that is gone");
  const auto broker = std::make_shared<std::int32_t>(-1);
  unregisters->add_option("NODE", *broker, "its id")->required()->check(at_least(0));
  unregisters->callback(
      [&in, broker] { in.run = [&in, broker] { return unregister(in, NodeId(*broker)); }; });
}

}  // namespace klamm::cli
