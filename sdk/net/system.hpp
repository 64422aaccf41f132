// The operating system's clocks and random numbers.
#pragma once

#include "base/entropy.hpp"
#include "base/time.hpp"

namespace klamm::net {

/// CLOCK_MONOTONIC and CLOCK_REALTIME, now.
instant system_now();
/// CLOCK_MONOTONIC, now.
time_point steady_now();
/// CLOCK_REALTIME as of the kernel's last tick, a few milliseconds ago: for what is asked with every record.
timestamp coarse_wall_now();

/// The system's random numbers, for secrets and unique ids. Safe from any thread. Ends the process where there are none:
/// going on with guessable secrets would be worse.
entropy_source& system_entropy();

}  // namespace klamm::net
