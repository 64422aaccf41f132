#include "broker/api/controller/dispatch.hpp"

#include <array>

#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {
namespace {

/// A decision of the controller, which answers NOT_CONTROLLER where another leads.
template <class Request, auto Method>
void decide(const Request& request, const caller&, services& node, reply<typename Request::response> answer) {
  (node.controller.*Method)(request, std::move(answer));
}

template <auto Method, class Request>
constexpr api::entry<services> decides() {
  return api::serves<Request, services, decide<Request, Method>>();
}

template <class Request, handler<Request>* Handle>
constexpr api::entry<services> serves(wire::version_range versions = Request::versions) {
  return api::serves<Request, services, Handle>(versions);
}

using c = meta::controller;
constexpr wire::version_range raft_fetches{12,
                                           18};  // before, a fetch does not say where the follower's log ends

// By rising key, as ApiVersions lists them.
constexpr std::array entries{
    serves<wire::fetch_request, fetch>(raft_fetches),
    serves<wire::api_versions_request, api_versions>(),
    decides<&c::create_topics, wire::create_topics_request>(),
    decides<&c::delete_topics, wire::delete_topics_request>(),
    serves<wire::describe_configs_request, describe_configs>(),
    decides<&c::alter_configs, wire::alter_configs_request>(),
    decides<&c::create_partitions, wire::create_partitions_request>(),
    decides<&c::elect_leaders, wire::elect_leaders_request>(),
    decides<&c::incremental_alter_configs, wire::incremental_alter_configs_request>(),
    decides<&c::alter_partition_reassignments, wire::alter_partition_reassignments_request>(),
    decides<&c::list_partition_reassignments, wire::list_partition_reassignments_request>(),
    serves<wire::vote_request, vote>(),
    serves<wire::begin_quorum_epoch_request, begin_quorum_epoch>(),
    serves<wire::end_quorum_epoch_request, end_quorum_epoch>(),
    serves<wire::describe_quorum_request, describe_quorum>(),
    decides<&c::alter_partition, wire::alter_partition_request>(),
    serves<wire::update_features_request, update_features>(),
    serves<wire::envelope_request, envelope>(),
    serves<wire::fetch_snapshot_request, fetch_snapshot>(),
    serves<wire::describe_cluster_request, describe_cluster>(),
    decides<&c::register_broker, wire::broker_registration_request>(),
    decides<&c::heartbeat, wire::broker_heartbeat_request>(),
    decides<&c::unregister_broker, wire::unregister_broker_request>(),
    decides<&c::allocate_producer_ids, wire::allocate_producer_ids_request>(),
    decides<&c::register_controller, wire::controller_registration_request>(),
    decides<&c::assign_replicas_to_dirs, wire::assign_replicas_to_dirs_request>(),
    serves<wire::add_raft_voter_request, add_raft_voter>(),
    serves<wire::remove_raft_voter_request, remove_raft_voter>(),
    serves<wire::update_raft_voter_request, update_raft_voter>(),
};

}  // namespace

result<void> dispatch(api::request in, services& node, api::send_response send) {
  return api::dispatch_by<services>(table(), std::move(in), node, std::move(send));
}

std::span<const api::entry<services>> table() { return entries; }

const link::api_set& controller_listener() {
  static const auto set = api::served_by<services>(table());
  return set;
}

}  // namespace klamm::broker::controller_api
