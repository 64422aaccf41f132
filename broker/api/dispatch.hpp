// From the bytes of a request to its handler, and from the handler's answer to the bytes of a response.
#pragma once

#include <functional>
#include <span>

#include "base/result.hpp"
#include "broker/api/context.hpp"
#include "link/api_set.hpp"
#include "wire/api_key.hpp"

namespace klamm::broker::api {

/// One request as a connection gave it out.
struct request {
  wire::api_key key;
  caller from;
  buffer_slice frame, body;
};

/// Takes the encoded response, or why there can be none: the connection is to be closed. Empty: there is none to send
/// (acks=0). Called once, now or later.
using send_response = std::function<void(result<byte_chain>)>;

/// Decodes and handles. Fails where the body does not decode: the connection is to be closed.
result<void> dispatch(request in, services& node, send_response send);

struct served_api {
  wire::api_key key;
  wire::version_range accepted, advertised;
};
/// What works on the client listener: ApiVersions says so, and nothing else is taken.
std::span<const served_api> served_apis();
/// The same, for a connection.
const link::api_set& client_listener();

}  // namespace klamm::broker::api
