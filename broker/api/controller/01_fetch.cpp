#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {

void fetch(const wire::fetch_request& request, const caller&, services& node,
           reply<wire::fetch_response> answer) {
  ask_quorum(request, node, std::move(answer), [](raft::fetch_response said, const auto&, auto& response) {
    raft::to_wire(std::move(said), response);
  });
}

}  // namespace klamm::broker::controller_api
