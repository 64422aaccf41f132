// Answers that say of a whole request why it was not done.
#pragma once

#include "base/error.hpp"
#include "wire/messages/alter_configs.hpp"
#include "wire/messages/create_partitions.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/messages/delete_topics.hpp"
#include "wire/messages/incremental_alter_configs.hpp"

namespace klamm::broker::meta {

// These requests have no error of their own, so each item gets it.
void refuse(const wire::create_topics_request& request, wire::create_topics_response& answer, error_code why);
void refuse(const wire::create_partitions_request& request, wire::create_partitions_response& answer,
            error_code why);
void refuse(const wire::delete_topics_request& request, wire::delete_topics_response& answer, error_code why);
void refuse(const wire::alter_configs_request& request, wire::alter_configs_response& answer, error_code why);
void refuse(const wire::incremental_alter_configs_request& request,
            wire::incremental_alter_configs_response& answer, error_code why);

template <class Request, class Response>
void refuse(const Request&, Response& answer, error_code why) {
  answer = {};
  answer.error_code = why;
}

}  // namespace klamm::broker::meta
