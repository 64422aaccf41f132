#include "broker/api/controller/handlers.hpp"

namespace klamm::broker::controller_api {

void fetch(const wire::fetch_request& request, const caller& from, services& node,
           reply<wire::fetch_response> answer) {
  ask_quorum(request, from, node, std::move(answer), [](auto&& said, const auto&, auto& response) {
    raft::to_wire(std::forward<decltype(said)>(said), response);
  });
}

}  // namespace klamm::broker::controller_api
