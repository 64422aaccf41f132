#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {

void add_raft_voter(const wire::add_raft_voter_request& request, const caller& from, services& node,
                    reply<wire::add_raft_voter_response> answer) {
  ask_quorum(request, from, node, std::move(answer),
             [](const auto& said, const auto&, auto& response) { raft::to_wire(said, response); });
}

}  // namespace klamm::broker::controller_api
