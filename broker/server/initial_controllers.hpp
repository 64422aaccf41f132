// --initial-controllers: the voters that a new quorum begins with (KIP-853), as Apache Kafka's storage tool takes them.
//
// Each of these nodes is given the same list, and makes its new directory the one that stands in it: together they are a
// quorum at once. The list says nothing to a directory that is somebody's already.
#pragma once

#include <string_view>
#include <vector>

#include "broker/server/running_node.hpp"

namespace klamm::broker::server {

/// ID@HOST:PORT:DIRECTORY, divided by commas; `listener` is the name of their listeners.
result<std::vector<raft::voter>> parse_initial_controllers(std::string_view list, std::string_view listener);

/// Makes of the options those of one of these controllers. Errors: the node is none, or its configuration says otherwise
/// who votes.
result<void> begin_with_controllers(std::string_view list, server_options& to);

}  // namespace klamm::broker::server
