// Stands in the mutated copies of the sources only: each guard asks whether its mutant is the one that this process is.
//
// KLAMM_MUTANT=N chooses it. KLAMM_MUTANTS_REACHED=FILE writes the numbers of those whose guards were passed.
#pragma once
#pragma GCC system_header  // what is compared with what is the original's business

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace klamm::mutants {

inline std::array<bool, 1 << 14> passed{};

inline std::size_t from_environment() {
  const char* const said = std::getenv("KLAMM_MUTANT");
  return said ? std::strtoul(said, nullptr, 10) : passed.size();
}
inline const std::size_t chosen = from_environment();

struct recorder {
  ~recorder() {
    const char* const path = std::getenv("KLAMM_MUTANTS_REACHED");
    if (!path) return;
    auto* const to = std::fopen(path, "w");
    for (std::size_t i = 0; i < passed.size(); ++i)
      if (passed[i]) std::fprintf(to, "%zu\n", i);
    std::fclose(to);
  }
};
inline const recorder at_end;

inline bool on(std::size_t mutant) {
  passed[mutant] = true;
  return mutant == chosen;
}

/// `mutant`: it holds; the next: it does not.
inline bool condition(std::size_t mutant, bool holds) {
  if (on(mutant)) return true;
  return !on(mutant + 1) && holds;
}
inline bool loop(std::size_t mutant, bool holds) { return !on(mutant) && holds; }
inline int one(std::size_t mutant) { return on(mutant) ? 0 : 1; }

bool negated(std::size_t mutant, const auto& what) {
  return on(mutant) ? static_cast<bool>(what) : !static_cast<bool>(what);
}

/// `mutant`: it lies on the other side of the bound; the next: the opposite.
bool less(std::size_t mutant, const auto& a, const auto& b) {
  if (on(mutant)) return a <= b;
  return on(mutant + 1) ? a >= b : a < b;
}
bool at_most(std::size_t mutant, const auto& a, const auto& b) {
  if (on(mutant)) return a < b;
  return on(mutant + 1) ? a > b : a <= b;
}
bool greater(std::size_t mutant, const auto& a, const auto& b) {
  if (on(mutant)) return a >= b;
  return on(mutant + 1) ? a <= b : a > b;
}
bool at_least(std::size_t mutant, const auto& a, const auto& b) {
  if (on(mutant)) return a > b;
  return on(mutant + 1) ? a < b : a >= b;
}
bool equal(std::size_t mutant, const auto& a, const auto& b) { return on(mutant) ? a != b : a == b; }
bool different(std::size_t mutant, const auto& a, const auto& b) { return on(mutant) ? a == b : a != b; }

template <std::size_t Mutant, class T>
T min(const T& a, const T& b) {
  return (b < a) != on(Mutant) ? b : a;
}
template <std::size_t Mutant, class T>
T max(const T& a, const T& b) {
  return (a < b) != on(Mutant) ? b : a;
}

}  // namespace klamm::mutants
