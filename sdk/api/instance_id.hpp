// The name under which brokers know a client's metrics (KIP-714), of producers and consumers alike.
#pragma once

#include <memory>
#include <string>

#include "api/engine.hpp"

namespace klamm::api {

inline constexpr std::string_view instance_id_of_client = "read the client's instance id";

detail::Deferred<std::string> defer_instance_id(std::shared_ptr<engine> of, Millis timeout);

}  // namespace klamm::api
