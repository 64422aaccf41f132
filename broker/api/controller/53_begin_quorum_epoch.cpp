#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {

void begin_quorum_epoch(const wire::begin_quorum_epoch_request& request, const caller& from, services& node,
                        reply<wire::begin_quorum_epoch_response> answer) {
  ask_quorum(request, from, node, std::move(answer),
             [](const auto& said, const auto&, auto& response) { raft::to_wire(said, response); });
}

}  // namespace klamm::broker::controller_api
