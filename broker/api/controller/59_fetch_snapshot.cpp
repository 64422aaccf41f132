#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {

void fetch_snapshot(const wire::fetch_snapshot_request& request, const caller& from, services& node,
                    reply<wire::fetch_snapshot_response> answer) {
  ask_quorum(request, from, node, std::move(answer), [](const auto& said, const auto& asked, auto& response) {
    raft::to_wire(said, asked, response);
  });
}

}  // namespace klamm::broker::controller_api
