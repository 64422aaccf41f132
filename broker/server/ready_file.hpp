// The file that says that a broker serves (--ready-file): it appears, whole, once every listener is bound.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "link/transport.hpp"

namespace klamm::broker::server {

/// Writes one line `host:port` for each listener, in their order. Who waits for `path` never sees a part of it.
/// Errors: io_error.
result<void> write_ready_file(const std::string& path, const std::vector<link::endpoint>& bound);

}  // namespace klamm::broker::server
