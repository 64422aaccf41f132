#include "broker/api/controller/interim.hpp"

namespace klamm::broker::controller_api {

void broker_registration(const wire::broker_registration_request& request, const caller&, services& node,
                         reply<wire::broker_registration_response> answer) {
  meta::broker_image self;
  self.id = request.broker_id;
  self.incarnation = request.incarnation_id;
  for (const auto& l : request.listeners)
    self.endpoints.push_back({std::string(l.name), std::string(l.host), l.port, l.security_protocol});
  if (request.rack) self.rack = std::string(*request.rack);
  self.log_dirs = request.log_dirs;
  node.controller.register_broker(self, [answer](result<std::int64_t> epoch) {
    wire::broker_registration_response response;
    response.error_code = epoch.code();
    if (epoch) response.broker_epoch = *epoch;
    answer(response);
  });
}

void broker_heartbeat(const wire::broker_heartbeat_request& request, const caller&, services& node,
                      reply<wire::broker_heartbeat_response> answer) {
  const auto image = node.metadata();
  const auto* broker = image->broker(request.broker_id);
  wire::broker_heartbeat_response response;
  response.is_fenced = broker && broker->fenced;
  response.should_shut_down = request.want_shut_down;
  if (broker && broker->fenced && request.current_metadata_offset.value >= broker->epoch)
    return node.controller.unfence_broker(request.broker_id, [answer, response](result<void>) mutable {
      response.is_fenced = false;
      answer(response);
    });
  answer(response);
}

void allocate_producer_ids(const wire::allocate_producer_ids_request& request, const caller&, services& node,
                           reply<wire::allocate_producer_ids_response> answer) {
  node.controller.allocate_producer_ids(request.broker_id, [answer](result<meta::producer_id_block> block) {
    wire::allocate_producer_ids_response response;
    response.error_code = block.code();
    if (block) {
      response.producer_id_start = block->first;
      response.producer_id_len = block->count;
    }
    answer(response);
  });
}

}  // namespace klamm::broker::controller_api
