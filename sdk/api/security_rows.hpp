// The keys of TLS and SASL.
#pragma once

#include <vector>

#include "api/option_table.hpp"

namespace klamm::api {

/// In the order in which they are read: what says that there is TLS or SASL comes before what says which.
std::vector<option_key> security_keys();
/// What properties say of security that does not fit together, which shows only once all were read.
std::vector<ConfigFault> check_security_properties(const option_set& options);

}  // namespace klamm::api
