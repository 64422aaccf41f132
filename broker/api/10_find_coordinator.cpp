#include <optional>
#include <set>
#include <string_view>

#include "broker/api/handlers.hpp"
#include "broker/coordinator/partitioner.hpp"
#include "broker/meta/topic_creation.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::api {
namespace {

enum class key_type : std::int8_t { group = 0, transaction = 1, share = 2 };
constexpr api_version first_with_many_keys = 4;

/// There are none yet. COORDINATOR_NOT_AVAILABLE, which would be truer, has clients ask until their time is up; this code ends the
/// transactional producers of Java, librdkafka and Python at once, and what it is about stands beside it.
constexpr error_code refuses_transactions = error_code::transactional_id_authorization_failed;
constexpr std::string_view no_transactions = "this broker has no transactions";

struct located {
  error_code failure = error_code::none;
  node_id node;
  link::endpoint at;

  std::optional<std::string_view> message() const {
    if (failure == refuses_transactions) return no_transactions;
    return std::nullopt;
  }
};

located locate(std::string_view key, std::int8_t type, const caller& from, const services& node) {
  switch (static_cast<key_type>(type)) {
    case key_type::group: break;
    case key_type::transaction: return {refuses_transactions};
    case key_type::share: return {error_code::coordinator_not_available};
    default: return {error_code::invalid_request};
  }
  const auto topic = node.metadata->topics->find(meta::offsets_topic);
  if (!topic || topic->partitions.empty()) return {error_code::coordinator_not_available};
  const auto id =
      coordinator::coordinating_partition(key, static_cast<std::int32_t>(topic->partitions.size()));
  const auto leader = topic->partition(id)->leader;
  const auto endpoint = endpoint_of(node, from, leader);
  if (leader.value < 0 || !endpoint) return {error_code::coordinator_not_available};
  return {error_code::none, leader, *endpoint};
}

void respond(const wire::find_coordinator_request& request, const caller& from, const services& node,
             const reply<wire::find_coordinator_response>& answer) {
  wire::find_coordinator_response response;
  std::vector<located> found;
  if (from.version < first_with_many_keys) {
    const auto& one = found.emplace_back(locate(request.key, request.key_type, from, node));
    response.error_code = one.failure;
    response.error_message = one.message();
    response.node_id = one.node;
    response.host = one.at.host;
    response.port = one.failure == error_code::none ? one.at.port : -1;
    return answer(response);
  }
  found.reserve(request.coordinator_keys.size());
  std::set<std::string_view> seen;  // each is answered once
  for (const auto key : request.coordinator_keys) {
    if (!seen.insert(key).second) continue;
    const auto& one = found.emplace_back(locate(key, request.key_type, from, node));
    auto& to = response.coordinators.emplace_back();
    to.key = key;
    to.error_code = one.failure;
    to.error_message = one.message();
    to.node_id = one.node;
    to.host = one.at.host;
    to.port = one.failure == error_code::none ? one.at.port : -1;
  }
  answer(response);
}

}  // namespace

// __consumer_offsets is made when the first group asks, as Kafka does it: its partitions would be most of a start's work. Kafka
// answers COORDINATOR_NOT_AVAILABLE until they are there; here the answer waits for them, which saves the client its backoff.
void find_coordinator(const wire::find_coordinator_request& request, const caller& from, services& node,
                      reply<wire::find_coordinator_response> answer) {
  const bool for_group = static_cast<key_type>(request.key_type) == key_type::group;
  if (!for_group || node.metadata->topics->find(meta::offsets_topic))
    return respond(request, from, node, answer);
  const auto wanted = std::make_shared<meta::topic_creation>();
  meta::add_topic(*wanted, meta::offsets_topic, node.configs());
  node.controller.create(wanted, [&request, &from, &node, answer] { respond(request, from, node, answer); });
}

}  // namespace klamm::broker::api
