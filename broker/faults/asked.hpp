// A request as JSON, for whoever decides what goes wrong with it.
#pragma once

#include "broker/api/serve.hpp"
#include "wire/json/catalog.hpp"

namespace klamm::broker::faults {

/// Null where it does not decode: whoever serves it will say so.
wire::json read(const api::request& asked);
/// Followers fetch by the clients' listener, too.
bool is_of_replica(const wire::json& asked);

}  // namespace klamm::broker::faults
