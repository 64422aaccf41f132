#include "tests/sim/world.hpp"

namespace klamm::sim {

duration world::between(duration least, duration most) {
  const auto range = static_cast<std::uint64_t>((most - least).count()) + 1;
  return least + duration(static_cast<std::int64_t>(random_.below(range)));
}

void world::at(time_point when, action then) {
  queue_.push({std::max(when, steady_), scheduled_++, std::move(then)});
}

bool world::step(time_point limit) {
  if (queue_.empty() || queue_.top().when > limit) {
    steady_ = std::max(steady_, limit);
    return false;
  }
  steady_ = queue_.top().when;
  auto then = std::move(queue_.top().then);
  queue_.pop();
  ++events_;
  fold(static_cast<std::uint64_t>(steady_.time_since_epoch().count()));
  then();
  return true;
}

void world::trace(std::string_view what, std::uint64_t a, std::uint64_t b) {
  for (const char c : what) fold(static_cast<std::uint8_t>(c));
  fold(a);
  fold(b);
}

void world::trace(std::string_view what, bytes_view bytes) {
  trace(what, bytes.size());
  for (const auto byte : bytes) hash_ = (hash_ ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3ULL;
}

void world::fold(std::uint64_t value) {
  hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15ULL;
  hash_ ^= hash_ >> 29;
}

}  // namespace klamm::sim
