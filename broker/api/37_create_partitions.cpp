#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void create_partitions(const wire::create_partitions_request& request, const caller&, services& node,
                       reply<wire::create_partitions_response> answer) {
  node.controller.submit([&request, answer](meta::controller& c) { c.create_partitions(request, answer); });
}

}  // namespace klamm::broker::api
