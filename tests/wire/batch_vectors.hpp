// Checks one line of a file of record batch vectors against the record layer.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace klamm::wire_test {

/// Whether the line is one of record batches (and not of a message).
bool is_batch_vector(const nlohmann::json& vector);

/// Decodes the bytes of the vector, compares every field and record with what Kafka read, and where the vector says that
/// it can be encoded again (magic 2: older ones are only read), compares the bytes. Empty, or what differs.
std::string check_batch_vector(const nlohmann::json& vector);

}  // namespace klamm::wire_test
