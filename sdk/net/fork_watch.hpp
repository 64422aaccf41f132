// Tells a child process that it is one: threads and sockets do not survive fork() in a usable form.
#pragma once

namespace klamm::net {

/// How many forks lie between this process and the one that first asked: compare two answers. A load, no system call.
unsigned fork_generation() noexcept;

}  // namespace klamm::net
