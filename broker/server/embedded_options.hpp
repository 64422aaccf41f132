// From what an application asks for to a node's options.
#pragma once

#include <klamm/broker/broker.hpp>

#include "broker/server/running_node.hpp"

namespace klamm::broker::server {

/// Failures are std::runtime_error, with all faults of the configuration.
server_options embedded_options(const BrokerOptions& from);

}  // namespace klamm::broker::server
