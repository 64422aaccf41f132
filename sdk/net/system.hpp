// The operating system's clocks, random numbers and limits.
#pragma once

#include <cstddef>

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

/// The soft RLIMIT_NOFILE, now: every descriptor of the process is a lower number.
std::size_t descriptor_limit();
/// Raises it to the hard one. For a process's own main: a library leaves its host's limits alone.
void raise_descriptor_limit();
/// Puts something unusable where standard input, output or error is closed: a file or a socket would be given the number,
/// and log lines would go there. For a process's own main, first.
void hold_standard_files();

}  // namespace klamm::net
