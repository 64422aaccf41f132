#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void incremental_alter_configs(const wire::incremental_alter_configs_request& request, const caller&,
                               services& node, reply<wire::incremental_alter_configs_response> answer) {
  node.controller.submit(
      [&request, answer](meta::controller& c) { c.incremental_alter_configs(request, answer); });
}

}  // namespace klamm::broker::api
