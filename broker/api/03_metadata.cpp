#include <set>
#include <utility>

#include "broker/api/handlers.hpp"
#include "broker/meta/directories.hpp"
#include "broker/meta/topic_creation.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::api {
namespace {

using requested_topic = wire::metadata_request::metadata_request_topic;
using described_topic = wire::metadata_response::metadata_response_topic;

void describe(const meta::topic_image& topic, const wire::metadata_request& request, const meta::image& image,
              described_topic& to) {
  to.name = topic.name;
  to.topic_id = topic.id;
  to.is_internal = meta::is_internal_topic(topic.name);
  if (request.include_topic_authorized_operations) to.topic_authorized_operations = all_topic_operations;
  std::int32_t index = 0;
  for (const auto& partition : topic.partitions) {
    auto& p = to.partitions.emplace_back();
    p.partition_index = partition_id(index++);
    p.leader_id = partition.leader;
    if (partition.leader.value < 0) p.error_code = error_code::leader_not_available;
    p.leader_epoch = partition.leader_epoch;
    p.replica_nodes = partition.replicas;
    p.isr_nodes = partition.isr;
    p.offline_replicas = meta::offline_replicas(image, partition);
  }
}

void describe_requested(const requested_topic& topic, const wire::metadata_request& request,
                        const meta::image& image, described_topic& to) {
  const bool by_id = !topic.topic_id.is_zero();
  const auto found = by_id ? image.topics->find(topic.topic_id) : image.topics->find(topic.name.value_or(""));
  if (found) return describe(*found, request, image, to);
  to.name = topic.name;
  to.topic_id = topic.topic_id;
  if (by_id) {
    to.error_code = error_code::unknown_topic_id;
  } else {
    const auto valid = meta::check_topic_name(topic.name.value_or(""));
    to.error_code = valid ? error_code::unknown_topic_or_partition : valid.code();
  }
}

/// Version 0 asks for all topics with an empty array, the others with null.
bool wants_all(const wire::metadata_request& request, const caller& from) {
  return !request.topics || (from.version == 0 && request.topics->empty());
}

void respond(const wire::metadata_request& request, const caller& from, services& node,
             const reply<wire::metadata_response>& answer) {
  const auto image = node.metadata;
  wire::metadata_response response;
  std::vector<link::endpoint> endpoints;  // keeps the hosts that the response views
  endpoints.reserve(image->cluster->brokers.size());
  for (const auto& [id, broker] : image->cluster->brokers) {
    const auto endpoint = endpoint_of(node, from, id);
    if (!endpoint || broker.fenced) continue;
    auto& to = response.brokers.emplace_back();
    to.node_id = id;
    to.host = endpoints.emplace_back(*endpoint).host;
    to.port = endpoint->port;
    if (broker.rack) to.rack = *broker.rack;
  }
  response.cluster_id = node.cluster_id;
  response.controller_id = node.self;
  if (request.include_cluster_authorized_operations)
    response.cluster_authorized_operations = all_cluster_operations;
  if (wants_all(request, from)) {
    for (const auto& [name, topic] : image->topics->by_name)
      describe(*topic, request, *image, response.topics.emplace_back());
  } else {
    // Each once, as Kafka does, however often it is named: an answer must not be out of proportion to its question.
    std::set<std::pair<uuid, std::string_view>> seen;
    for (const auto& topic : *request.topics)
      if (seen.emplace(topic.topic_id, topic.name.value_or("")).second)
        describe_requested(topic, request, *image, response.topics.emplace_back());
  }
  answer(response);
}

std::shared_ptr<meta::topic_creation> topics_to_create(const wire::metadata_request& request,
                                                       const caller& from, const services& node) {
  auto wanted = std::make_shared<meta::topic_creation>();
  const bool allowed = from.version < 4 || request.allow_auto_topic_creation;
  if (!allowed || wants_all(request, from) || !node.configs().broker_flag("auto.create.topics.enable"))
    return wanted;
  std::set<std::string_view> seen;
  for (const auto& topic : *request.topics) {
    if (!topic.topic_id.is_zero() || !topic.name || node.metadata->topics->find(*topic.name)) continue;
    if (!meta::check_topic_name(*topic.name) || !seen.insert(*topic.name).second) continue;
    meta::add_topic(*wanted, *topic.name, node.configs());
  }
  return wanted;
}

}  // namespace

void metadata(const wire::metadata_request& request, const caller& from, services& node,
              reply<wire::metadata_response> answer) {
  const auto wanted = topics_to_create(request, from, node);
  if (wanted->request.topics.empty()) return respond(request, from, node, answer);
  node.controller.create(wanted, [&request, &from, &node, answer] {
    respond(request, from, node, answer);  // a topic that could not be made is shown as unknown
  });
}

}  // namespace klamm::broker::api
