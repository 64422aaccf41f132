#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void create_topics(const wire::create_topics_request& request, const caller&, services& node,
                   reply<wire::create_topics_response> answer) {
  node.controller.submit([&request, answer](meta::controller& c) { c.create_topics(request, answer); });
}

}  // namespace klamm::broker::api
