#include "broker/api/controller/handlers.hpp"
#include "broker/api/described_configs.hpp"

namespace klamm::broker::controller_api {

/// KIP-919: for `kafka-configs --bootstrap-controller`.
void describe_configs(const wire::describe_configs_request& request, const caller&, services& node,
                      reply<wire::describe_configs_response> answer) {
  api::describe_configs(request, {node.own.self.id, node.metadata(), node.own_configs}, answer);
}

}  // namespace klamm::broker::controller_api
