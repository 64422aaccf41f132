// The keys of TLS and SASL.
#pragma once

#include <vector>

#include "api/option_table.hpp"

namespace klamm::api {

/// In the order in which they are read: what says that there is TLS or SASL comes before what says which.
std::vector<option_key> security_keys();
/// Once all properties were read: what they say of security that does not fit together. Makes the function that gives tokens.
std::vector<ConfigFault> finish_security(option_set& options);

}  // namespace klamm::api
