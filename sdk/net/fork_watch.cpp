#include "net/fork_watch.hpp"

#include <atomic>
#include <pthread.h>

namespace klamm::net {
namespace {

std::atomic<unsigned> generation{0};

void in_child() { generation.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

unsigned fork_generation() noexcept {
  [[maybe_unused]] static const int registered = ::pthread_atfork(nullptr, nullptr, in_child);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace klamm::net
