// Checks one group of the assignors' vectors: what Java's assignors gave each member, against ours.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace klamm::wire_test {

/// The assignors that a group has been through.
inline constexpr const char* vector_assignors[] = {"range", "roundrobin", "sticky", "cooperative-sticky"};

/// Whether the line is one of a group (and not of a message or of record batches).
bool is_assignor_vector(const nlohmann::json& vector);

/// Whether Java's own result depends on the order of a hash table here (or gives partitions to a member without topics): then
/// ours is only checked for giving out all that is wanted, once, in balance.
bool order_matters(const nlohmann::json& vector, const std::string& assignor);

/// Empty, or what differs.
std::string check_assignor_vector(const nlohmann::json& vector);

}  // namespace klamm::wire_test
