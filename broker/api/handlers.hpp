// The handlers, one for each API that is served, each in the file of its key. A handler gets a decoded request and answers now
// or later; the request lives as long as its reply.
#pragma once

#include "broker/api/context.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/delete_groups.hpp"
#include "wire/messages/delete_records.hpp"
#include "wire/messages/describe_cluster.hpp"
#include "wire/messages/describe_configs.hpp"
#include "wire/messages/describe_groups.hpp"
#include "wire/messages/describe_log_dirs.hpp"
#include "wire/messages/describe_topic_partitions.hpp"
#include "wire/messages/fetch.hpp"
#include "wire/messages/find_coordinator.hpp"
#include "wire/messages/heartbeat.hpp"
#include "wire/messages/init_producer_id.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/leave_group.hpp"
#include "wire/messages/list_config_resources.hpp"
#include "wire/messages/list_groups.hpp"
#include "wire/messages/list_offsets.hpp"
#include "wire/messages/list_transactions.hpp"
#include "wire/messages/metadata.hpp"
#include "wire/messages/offset_commit.hpp"
#include "wire/messages/offset_delete.hpp"
#include "wire/messages/offset_fetch.hpp"
#include "wire/messages/offset_for_leader_epoch.hpp"
#include "wire/messages/produce.hpp"
#include "wire/messages/sasl_authenticate.hpp"
#include "wire/messages/sasl_handshake.hpp"
#include "wire/messages/sync_group.hpp"

namespace klamm::broker::api {

template <class Request>
using handler = handler_of<Request, services>;

handler<wire::produce_request> produce;
handler<wire::fetch_request> fetch;
handler<wire::list_offsets_request> list_offsets;
handler<wire::metadata_request> metadata;
handler<wire::offset_commit_request> offset_commit;
handler<wire::offset_fetch_request> offset_fetch;
handler<wire::find_coordinator_request> find_coordinator;
handler<wire::join_group_request> join_group;
handler<wire::heartbeat_request> heartbeat;
handler<wire::leave_group_request> leave_group;
handler<wire::sync_group_request> sync_group;
handler<wire::describe_groups_request> describe_groups;
handler<wire::list_groups_request> list_groups;
handler<wire::sasl_handshake_request> sasl_handshake;
handler<wire::api_versions_request> api_versions;
handler<wire::delete_records_request> delete_records;
handler<wire::init_producer_id_request> init_producer_id;
handler<wire::offset_for_leader_epoch_request> offset_for_leader_epoch;
handler<wire::describe_configs_request> describe_configs;
handler<wire::describe_log_dirs_request> describe_log_dirs;
handler<wire::sasl_authenticate_request> sasl_authenticate;
handler<wire::delete_groups_request> delete_groups;
handler<wire::offset_delete_request> offset_delete;
handler<wire::describe_cluster_request> describe_cluster;
handler<wire::list_transactions_request> list_transactions;
handler<wire::list_config_resources_request> list_config_resources;
handler<wire::describe_topic_partitions_request> describe_topic_partitions;

}  // namespace klamm::broker::api
