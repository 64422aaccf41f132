#pragma once
#include "broker/api/controller/handlers.hpp"
#include "wire/messages/allocate_producer_ids.hpp"
#include "wire/messages/broker_heartbeat.hpp"
#include "wire/messages/broker_registration.hpp"
namespace klamm::broker::controller_api {
handler<wire::broker_registration_request> broker_registration;
handler<wire::broker_heartbeat_request> broker_heartbeat;
handler<wire::allocate_producer_ids_request> allocate_producer_ids;
}  // namespace klamm::broker::controller_api
