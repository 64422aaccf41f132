#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void alter_configs(const wire::alter_configs_request& request, const caller&, services& node,
                   reply<wire::alter_configs_response> answer) {
  node.controller.submit([&request, answer](meta::controller& c) { c.alter_configs(request, answer); });
}

}  // namespace klamm::broker::api
