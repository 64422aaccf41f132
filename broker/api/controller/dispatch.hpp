// What is served on the controllers' listener, and what a broker of the same node asks its controller: the one table of both.
#pragma once

#include <span>

#include "broker/api/controller/services.hpp"

namespace klamm::broker::controller_api {

/// Decodes and handles. Fails where the body does not decode: the connection is to be closed.
result<void> dispatch(api::request in, services& node, api::send_response send);

std::span<const api::entry<services>> table();
/// The same, for a connection.
const link::api_set& controller_listener();

}  // namespace klamm::broker::controller_api
