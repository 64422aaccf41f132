#include "tests/sim/cluster/wrong_answers.hpp"

#include <map>
#include <vector>

#include "broker/faults/asked.hpp"
#include "broker/faults/error_answer.hpp"

namespace klamm::sim {
namespace {

using wire::api_key;
using codes = std::vector<error_code>;

codes operator+(codes some, const codes& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

/// What a broker may answer though nothing is wrong with the request, and what goes away by itself.
const codes& errors_of(api_key api) {
  using enum error_code;
  static const codes nothing;
  static const codes moved{not_leader_or_follower, unknown_topic_or_partition, kafka_storage_error,
                           fenced_leader_epoch, unknown_leader_epoch};
  static const codes by_id{unknown_topic_id};
  static const codes coordinator{coordinator_load_in_progress, coordinator_not_available, not_coordinator};
  static const codes membership{unknown_member_id, illegal_generation, rebalance_in_progress};
  static const std::map<api_key, codes> all{
      {api_key::produce,
       moved + by_id + codes{not_enough_replicas, request_timed_out, network_exception, corrupt_message}},
      {api_key::fetch, moved + by_id +
                           codes{inconsistent_topic_id, offset_not_available, fetch_session_id_not_found,
                                 invalid_fetch_session_epoch, fetch_session_topic_id_error}},
      {api_key::list_offsets, moved + codes{leader_not_available, offset_not_available}},
      {api_key::offset_for_leader_epoch, moved},
      {api_key::metadata, {leader_not_available, unknown_topic_or_partition}},
      {api_key::find_coordinator, {coordinator_not_available}},
      {api_key::init_producer_id, coordinator + codes{concurrent_transactions, request_timed_out}},
      {api_key::join_group, coordinator + codes{unknown_member_id}},
      {api_key::sync_group, coordinator + membership},
      {api_key::heartbeat, coordinator + membership},
      {api_key::offset_commit, coordinator + membership + codes{request_timed_out}},
      {api_key::offset_fetch, coordinator + codes{unstable_offset_commit}}};
  const auto found = all.find(api);
  return found == all.end() ? nothing : found->second;
}

bool is_struck(std::string_view client) {
  return client.starts_with("producer") || client.starts_with("member");
}

}  // namespace

broker::api::request_fault wrong_answers::judge(const broker::api::request& asked,
                                                const broker::api::services&) {
  broker::api::request_fault fault;
  if (share <= 0 || !is_struck(asked.from.client_id) || !random_.chance(share)) return fault;
  switch (random_.below(4)) {
    case 0:
      seen_.count("answers lost");
      fault.lose_reply = true;
      break;
    case 1:
      seen_.count("answers late");
      fault.delay = millis(1 + static_cast<std::int64_t>(random_.below(2000)));
      break;
    default: fault.answer = error_for(asked);
  }
  return fault;
}

std::optional<result<byte_chain>> wrong_answers::error_for(const broker::api::request& asked) {
  const auto& errors = errors_of(asked.key);
  if (errors.empty()) return std::nullopt;
  const auto body = broker::faults::read(asked);
  if (body.is_null()) return std::nullopt;
  const auto code = errors[random_.below(errors.size())];
  seen_.count("answers with an error");
  return broker::faults::error_answer(asked.key, asked.from.version, body, code);
}

}  // namespace klamm::sim
