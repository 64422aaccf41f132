// kcli topic elect | reassign: who leads and who holds a topic's partitions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <klamm/admin_types.hpp>

#include "cli/session.hpp"

namespace klamm::cli {

/// As a column has them.
nlohmann::ordered_json ids(const std::vector<NodeId>& nodes);

/// `TOPIC/PARTITION`. Throws std::invalid_argument.
TopicPartition parse_partition(std::string_view text);
/// `TOPIC/PARTITION=NODE,NODE...`. Throws std::invalid_argument.
NewPartitionReassignment parse_reassignment(std::string_view text);

void declare_elect(CLI::App& topic, session& in);
void declare_reassign(CLI::App& topic, session& in);

}  // namespace klamm::cli
