// Randomness for decisions (jitter, spreading, sticky partitions): seeded, the same on every platform.
#pragma once

#include <bit>
#include <cstdint>

namespace klamm {

/// xoshiro256** seeded by splitmix64. Not for secrets: see entropy.hpp.
class rng {
 public:
  explicit rng(std::uint64_t seed) {
    for (auto& word : state_) word = splitmix(seed);
  }

  std::uint64_t next() {
    const auto out = std::rotl(state_[1] * 5, 7) * 9;
    const auto t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return out;
  }

  /// A number in [0, bound). Precondition: bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// A number in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return unit() < probability; }
  /// A generator of its own for a part of the system, so that one part's draws do not shift another's.
  rng fork() { return rng(next()); }

 private:
  static std::uint64_t splitmix(std::uint64_t& seed) {
    auto z = (seed += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  std::uint64_t state_[4];
};

}  // namespace klamm
