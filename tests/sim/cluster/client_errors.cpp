#include "tests/sim/cluster/client_errors.hpp"

namespace klamm::sim {
namespace {

using wire::api_key;
using codes = std::vector<error_code>;
using table = std::map<api_key, errors_of_api>;

codes operator+(codes some, const codes& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

table errors_of_leaders() {
  using enum error_code;
  const codes moved{not_leader_or_follower, unknown_topic_or_partition, kafka_storage_error,
                    fenced_leader_epoch, unknown_leader_epoch};
  return {
      {api_key::produce,
       {moved + codes{unknown_topic_id, not_enough_replicas, request_timed_out, network_exception,
                      corrupt_message, message_too_large},
        {topic_authorization_failed, cluster_authorization_failed, invalid_record, record_list_too_large,
         invalid_timestamp, invalid_required_acks, unsupported_compression_type,
         unsupported_for_message_format, policy_violation, invalid_request, unknown_server_error}}},
      {api_key::fetch,
       {moved + codes{unknown_topic_id, inconsistent_topic_id, offset_not_available, replica_not_available,
                      fetch_session_id_not_found, invalid_fetch_session_epoch, fetch_session_topic_id_error},
        {topic_authorization_failed, corrupt_message, unsupported_compression_type, invalid_request,
         unknown_server_error}}},
      {api_key::list_offsets,
       {moved + codes{leader_not_available, offset_not_available, replica_not_available},
        {topic_authorization_failed, unsupported_for_message_format, invalid_request, unknown_server_error}}},
      {api_key::offset_for_leader_epoch,
       {moved + codes{offset_not_available}, {topic_authorization_failed, unknown_server_error}}},
      {api_key::metadata,
       {{leader_not_available, unknown_topic_or_partition, listener_not_found},
        {topic_authorization_failed, invalid_topic_exception, unknown_server_error}}}};
}

table errors_of_coordinators() {
  using enum error_code;
  const codes coordinator{coordinator_load_in_progress, coordinator_not_available, not_coordinator};
  const codes membership{unknown_member_id, illegal_generation, rebalance_in_progress};
  const codes forbidden{group_authorization_failed, invalid_group_id, unknown_server_error};
  return {{api_key::find_coordinator,
           {{coordinator_not_available, coordinator_load_in_progress},
            {group_authorization_failed, invalid_group_id, invalid_request, unknown_server_error}}},
          {api_key::init_producer_id,
           {coordinator + codes{concurrent_transactions, request_timed_out},
            {cluster_authorization_failed, invalid_request, unknown_server_error}}},
          {api_key::join_group,
           {coordinator + codes{unknown_member_id},
            forbidden + codes{inconsistent_group_protocol, invalid_session_timeout, group_max_size_reached}}},
          {api_key::sync_group, {coordinator + membership, forbidden + codes{inconsistent_group_protocol}}},
          {api_key::heartbeat, {coordinator + membership, forbidden}},
          {api_key::leave_group, {coordinator + codes{unknown_member_id}, forbidden}},
          {api_key::offset_commit,
           {coordinator + membership + codes{request_timed_out, unknown_topic_or_partition},
            forbidden +
                codes{topic_authorization_failed, offset_metadata_too_large, invalid_commit_offset_size}}},
          {api_key::offset_fetch,
           {coordinator + codes{unstable_offset_commit}, forbidden + codes{topic_authorization_failed}}}};
}

}  // namespace

const table& client_errors() {
  static const table all = [] {
    auto out = errors_of_leaders();
    out.merge(errors_of_coordinators());
    return out;
  }();
  return all;
}

}  // namespace klamm::sim
