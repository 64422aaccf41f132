// The machines' measurements as the public snapshot.
#pragma once

#include <klamm/metrics.hpp>
#include <klamm/options.hpp>

#include "client/measurements.hpp"

namespace klamm::api {

Metrics to_public(const client::measurements& what, const ClientOptions& of);

}  // namespace klamm::api
