// Checks one row of a table of keys against murmur2: what Kafka's producer makes of a key.
#pragma once

#include <string>

namespace klamm::wire_test {

/// `key_hex murmur2 to_positive`, then the partition among 1, 2, 3, 6, 7, 12, 50, 100 and 1000, separated by tabs. Empty, or what
/// differs.
std::string check_key_vector(const std::string& row);

}  // namespace klamm::wire_test
