#include "broker/api/dispatch.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "broker/api/handlers.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::broker::api {
namespace {

using serve = result<void> (*)(request&&, services&, send_response&&);

/// A request of half a million partitions takes less, once decoded. What asks for more comes from nobody's client, and is held
/// for as long as it waits.
constexpr std::size_t most_decoded_bytes = std::size_t{64} << 20;

/// A request with everything that its decoded form looks into.
template <class Request>
struct held_request {
  buffer_slice frame;
  caller from;
  Request decoded;
};

/// What the connection is given: the encoded response.
template <class Request>
result<byte_chain> encoded(const Request&, const typename Request::response& response, api_version version) {
  wire::writer to;
  wire::encode(to, response, version);
  if (!to.ok()) return error(error_code::unknown_server_error, to.failure());
  return to.finish();
}

/// With acks=0 nothing is sent. A record that was not taken closes the connection: no other sign would make the client
/// look again for the partition's leader.
result<byte_chain> encoded(const wire::produce_request& request, const wire::produce_response& response,
                           api_version version) {
  if (request.acks != 0) return encoded<wire::produce_request>(request, response, version);
  for (const auto& topic : response.responses)
    for (const auto& partition : topic.partition_responses)
      if (partition.error_code != error_code::none)
        return error(partition.error_code,
                     fmt::format("{}-{} did not take what was produced with acks=0 ({})", topic.name,
                                 partition.index.value, name(partition.error_code)));
  return byte_chain();
}

template <class Request, handler<Request>* Handle>
result<void> serve_with(request&& in, services& node, send_response&& send) {
  auto held = std::make_shared<held_request<Request>>();
  held->frame = std::move(in.frame);
  held->from = in.from;
  wire::reader from(std::move(in.body));
  from.limit_memory(most_decoded_bytes);
  wire::decode(from, held->decoded, held->from.version);
  if (!from.ok()) return error(error_code::invalid_request, from.failure());
  const auto& decoded = held->decoded;
  const auto& caller = held->from;
  Handle(decoded, caller, node,
         reply<typename Request::response>(
             [held, send = std::move(send)](const typename Request::response& response) {
               send(encoded(held->decoded, response, held->from.version));
             }));
  return {};
}

struct entry {
  wire::api_key key;
  wire::version_range accepted, advertised;
  serve how;
};

template <class Request, handler<Request>* Handle>
constexpr entry serves(wire::version_range versions = Request::versions) {
  return {Request::api, versions, versions, serve_with<Request, Handle>};
}

/// Kafka advertises Produce from version 0: older librdkafka would stop compressing otherwise (KAFKA-18659).
constexpr entry advertised_from_0(entry e) {
  e.advertised.min = 0;
  return e;
}

// By rising key, as ApiVersions lists them. Ranges are the codec's unless less is served than that.
constexpr std::array table{
    advertised_from_0(serves<wire::produce_request, produce>()),
    serves<wire::fetch_request, fetch>(),
    serves<wire::list_offsets_request, list_offsets>(),
    serves<wire::metadata_request, metadata>(),
    serves<wire::offset_commit_request, offset_commit>(),
    serves<wire::offset_fetch_request, offset_fetch>(),
    serves<wire::find_coordinator_request, find_coordinator>(),
    serves<wire::join_group_request, join_group>(),
    serves<wire::heartbeat_request, heartbeat>(),
    serves<wire::leave_group_request, leave_group>(),
    serves<wire::sync_group_request, sync_group>(),
    serves<wire::describe_groups_request, describe_groups>(),
    serves<wire::list_groups_request, list_groups>(),
    serves<wire::sasl_handshake_request, sasl_handshake>(),
    serves<wire::api_versions_request, api_versions>(),
    serves<wire::create_topics_request, create_topics>(),
    serves<wire::delete_topics_request, delete_topics>(),
    serves<wire::delete_records_request, delete_records>(),
    serves<wire::init_producer_id_request, init_producer_id>({0, 5}),  // 6 is unstable: two-phase commit
    serves<wire::offset_for_leader_epoch_request, offset_for_leader_epoch>(),
    serves<wire::describe_configs_request, describe_configs>(),
    serves<wire::alter_configs_request, alter_configs>(),
    serves<wire::describe_log_dirs_request, describe_log_dirs>(),
    serves<wire::sasl_authenticate_request, sasl_authenticate>(),
    serves<wire::create_partitions_request, create_partitions>(),
    serves<wire::delete_groups_request, delete_groups>(),
    serves<wire::incremental_alter_configs_request, incremental_alter_configs>(),
    serves<wire::offset_delete_request, offset_delete>(),
    serves<wire::describe_quorum_request, describe_quorum>(),
    serves<wire::describe_cluster_request, describe_cluster>(),
    serves<wire::list_transactions_request, list_transactions>(),
    serves<wire::list_config_resources_request, list_config_resources>(),
    serves<wire::describe_topic_partitions_request, describe_topic_partitions>(),
};

}  // namespace

result<void> dispatch(request in, services& node, send_response send) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const entry& e) { return e.key == in.key; });
  if (found == table.end() || !found->accepted.contains(in.from.version))
    return {error_code::unsupported_version};
  return found->how(std::move(in), node, std::move(send));
}

std::span<const served_api> served_apis() {
  static const auto served = [] {
    std::array<served_api, table.size()> apis;
    for (std::size_t i = 0; i < table.size(); ++i)
      apis[i] = {table[i].key, table[i].accepted, table[i].advertised};
    return apis;
  }();
  return served;
}

const link::api_set& client_listener() {
  static const auto set = [] {
    link::api_set served;
    for (const auto& e : table) served.set(e.key, e.accepted);
    return served;
  }();
  return set;
}

}  // namespace klamm::broker::api
