// What is served on the listener of the clients.
#pragma once

#include <span>
#include <vector>

#include "broker/api/context.hpp"
#include "broker/api/serve.hpp"

namespace klamm::broker::api {

/// Decodes and handles. Fails where the body does not decode: the connection is to be closed.
result<void> dispatch(request in, services& node, send_response send);

/// What works on the client listener: ApiVersions says so, and nothing else is taken.
std::span<const served_api> served_apis();
/// The same, for a connection.
const link::api_set& client_listener();

}  // namespace klamm::broker::api
