#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void init_producer_id(const wire::init_producer_id_request& request, const caller&, services& node,
                      reply<wire::init_producer_id_response> answer) {
  wire::init_producer_id_response refused;
  if (request.transactional_id) {
    // There is no transaction coordinator: FindCoordinator says so too. An empty id is never one.
    refused.error_code =
        request.transactional_id->empty() ? error_code::invalid_request : error_code::not_coordinator;
    return answer(refused);
  }
  node.producer_ids.next([answer](result<producer_id> id) {
    wire::init_producer_id_response response;
    response.error_code = id.code();
    if (id) response.producer_id = *id;
    answer(response);
  });
}

}  // namespace klamm::broker::api
