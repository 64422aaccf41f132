#include "broker/meta/refusals.hpp"

namespace klamm::broker::meta {
namespace {

auto& item(auto& items, error_code why) {
  auto& to = items.emplace_back();
  to.error_code = why;
  to.error_message = std::nullopt;
  return to;
}

template <class Request, class Response>
void refuse_resources(const Request& request, Response& answer, error_code why) {
  answer = {};
  for (const auto& resource : request.resources) {
    auto& to = item(answer.responses, why);
    to.resource_type = resource.resource_type;
    to.resource_name = resource.resource_name;
  }
}

}  // namespace

void refuse(const wire::create_topics_request& request, wire::create_topics_response& answer,
            error_code why) {
  answer = {};
  for (const auto& topic : request.topics) item(answer.topics, why).name = topic.name;
}

void refuse(const wire::create_partitions_request& request, wire::create_partitions_response& answer,
            error_code why) {
  answer = {};
  for (const auto& topic : request.topics) item(answer.results, why).name = topic.name;
}

void refuse(const wire::delete_topics_request& request, wire::delete_topics_response& answer,
            error_code why) {
  answer = {};
  for (const auto name : request.topic_names) item(answer.responses, why).name = name;
  for (const auto& topic : request.topics) {
    auto& to = item(answer.responses, why);
    to.name = topic.name;
    to.topic_id = topic.topic_id;
  }
}

void refuse(const wire::alter_configs_request& request, wire::alter_configs_response& answer,
            error_code why) {
  refuse_resources(request, answer, why);
}

void refuse(const wire::incremental_alter_configs_request& request,
            wire::incremental_alter_configs_response& answer, error_code why) {
  refuse_resources(request, answer, why);
}

}  // namespace klamm::broker::meta
