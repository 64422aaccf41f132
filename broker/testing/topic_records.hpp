// What a topic's partitions hold.
#pragma once

#include <string_view>
#include <vector>

#include <klamm/options.hpp>
#include <klamm/record.hpp>

namespace klamm::testing {

/// By partition and offset. Throws klamm::Exception, and std::runtime_error where the end is not reached within
/// ClientOptions::api_timeout.
std::vector<Record> records_of(const ClientOptions& client, std::string_view topic);

}  // namespace klamm::testing
