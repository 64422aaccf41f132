#include "broker/api/dispatch.hpp"

#include <array>

#include "broker/api/handlers.hpp"
#include "wire/messages/add_raft_voter.hpp"
#include "wire/messages/alter_configs.hpp"
#include "wire/messages/alter_partition_reassignments.hpp"
#include "wire/messages/create_partitions.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/messages/delete_topics.hpp"
#include "wire/messages/describe_quorum.hpp"
#include "wire/messages/elect_leaders.hpp"
#include "wire/messages/incremental_alter_configs.hpp"
#include "wire/messages/list_partition_reassignments.hpp"
#include "wire/messages/remove_raft_voter.hpp"
#include "wire/messages/unregister_broker.hpp"
#include "wire/messages/update_features.hpp"

namespace klamm::broker::api {
namespace {

/// A request for the controller: looked at, so that the answer to nonsense is the same everywhere, and passed on as it came.
template <class Request>
result<void> forward(request&& in, services& node, send_response&& send) {
  Request decoded;
  if (auto done = decode_body(in.body, in.from.version, decoded); !done) return done;
  node.controller.forward(std::move(in), std::move(send));
  return {};
}

template <class Request>
constexpr entry<services> forwards() {
  return {{Request::api, Request::versions, Request::versions}, forward<Request>};
}

/// Kafka advertises Produce from version 0: older librdkafka would stop compressing otherwise (KAFKA-18659).
constexpr entry<services> advertised_from_0(entry<services> e) {
  e.api.advertised.min = 0;
  return e;
}

// By rising key, as ApiVersions lists them. Ranges are the codec's unless less is served than that.
constexpr std::array table{
    advertised_from_0(serves<wire::produce_request, services, produce>()),
    serves<wire::fetch_request, services, fetch>(),
    serves<wire::list_offsets_request, services, list_offsets>(),
    serves<wire::metadata_request, services, metadata>(),
    serves<wire::offset_commit_request, services, offset_commit>(),
    serves<wire::offset_fetch_request, services, offset_fetch>(),
    serves<wire::find_coordinator_request, services, find_coordinator>(),
    serves<wire::join_group_request, services, join_group>(),
    serves<wire::heartbeat_request, services, heartbeat>(),
    serves<wire::leave_group_request, services, leave_group>(),
    serves<wire::sync_group_request, services, sync_group>(),
    serves<wire::describe_groups_request, services, describe_groups>(),
    serves<wire::list_groups_request, services, list_groups>(),
    serves<wire::sasl_handshake_request, services, sasl_handshake>(),
    serves<wire::api_versions_request, services, api_versions>(),
    forwards<wire::create_topics_request>(),
    forwards<wire::delete_topics_request>(),
    serves<wire::delete_records_request, services, delete_records>(),
    serves<wire::init_producer_id_request, services, init_producer_id>(
        {0, 5}),  // 6 is unstable: two-phase commit
    serves<wire::offset_for_leader_epoch_request, services, offset_for_leader_epoch>(),
    serves<wire::describe_configs_request, services, describe_configs>(),
    forwards<wire::alter_configs_request>(),
    serves<wire::describe_log_dirs_request, services, describe_log_dirs>(),
    serves<wire::sasl_authenticate_request, services, sasl_authenticate>(),
    forwards<wire::create_partitions_request>(),
    serves<wire::delete_groups_request, services, delete_groups>(),
    forwards<wire::elect_leaders_request>(),
    forwards<wire::incremental_alter_configs_request>(),
    forwards<wire::alter_partition_reassignments_request>(),
    forwards<wire::list_partition_reassignments_request>(),
    serves<wire::offset_delete_request, services, offset_delete>(),
    forwards<wire::describe_quorum_request>(),
    forwards<wire::update_features_request>(),
    serves<wire::describe_cluster_request, services, describe_cluster>(),
    forwards<wire::unregister_broker_request>(),
    serves<wire::list_transactions_request, services, list_transactions>(),
    serves<wire::list_config_resources_request, services, list_config_resources>(),
    serves<wire::describe_topic_partitions_request, services, describe_topic_partitions>(),
    forwards<wire::add_raft_voter_request>(),
    forwards<wire::remove_raft_voter_request>(),
};

}  // namespace

result<void> dispatch(request in, services& node, send_response send) {
  return dispatch_by<services>(table, std::move(in), node, std::move(send));
}

std::span<const served_api> served_apis() {
  static const auto served = [] {
    std::array<served_api, table.size()> apis;
    for (std::size_t i = 0; i < table.size(); ++i) apis[i] = table[i].api;
    return apis;
  }();
  return served;
}

const link::api_set& client_listener() {
  static const auto set = served_by<services>(table);
  return set;
}

}  // namespace klamm::broker::api
