#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void delete_topics(const wire::delete_topics_request& request, const caller&, services& node,
                   reply<wire::delete_topics_response> answer) {
  node.controller.submit([&request, answer](meta::controller& c) { c.delete_topics(request, answer); });
}

}  // namespace klamm::broker::api
