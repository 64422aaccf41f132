#include "broker/server/admission.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace klamm::broker::server {
namespace {

constexpr std::chrono::seconds say_each(10);

}  // namespace

bool leaves_enough(std::size_t limit, std::size_t descriptor, std::size_t open) {
  return open < limit / 2 && descriptor < limit - limit / 16;
}

bool admission::admits(std::size_t limit, std::size_t descriptor, std::size_t open, time_point now) {
  if (open < most_ && leaves_enough(limit, descriptor, open)) return true;
  ++refused_;
  if (now >= silent_until_) say(limit, open, now);
  return false;
}

void admission::say(std::size_t limit, std::size_t open, time_point now) {
  silent_until_ = now + say_each;
  if (!sink_.wants(log_level::warning)) return;
  sink_.write(log_level::warning, "listener",
              fmt::format("{} connections were closed at once: {} are open, max.connections is {}, and the "
                          "process may have {} descriptors (RLIMIT_NOFILE), of which files need some",
                          std::exchange(refused_, 0), open, most_, limit));
}

}  // namespace klamm::broker::server
