// Strong types: numbers that cannot be mixed up.
//
// An id compares, orders, hashes and prints, and does no arithmetic. A position (offset, sequence) also moves
// by a plain number and measures the distance between two of its kind.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>

namespace klamm {

/// A number with a meaning of its own. Default-constructed: -1, which the protocol uses for "none".
template <class Tag, std::integral Rep>
struct strong_id {
  using rep = Rep;
  Rep value{-1};

  constexpr strong_id() = default;
  constexpr explicit strong_id(Rep v) : value(v) {}
  constexpr auto operator<=>(const strong_id&) const = default;
};

/// A strong number on an axis: `position + n` is a position, `position - position` a plain number.
template <class Tag, std::integral Rep>
struct strong_position {
  using rep = Rep;
  Rep value{-1};

  constexpr strong_position() = default;
  constexpr explicit strong_position(Rep v) : value(v) {}
  constexpr auto operator<=>(const strong_position&) const = default;

  constexpr strong_position& operator+=(Rep n) { return value += n, *this; }
  constexpr strong_position& operator++() { return ++value, *this; }
  friend constexpr strong_position operator+(strong_position p, Rep n) {
    return strong_position(static_cast<Rep>(p.value + n));
  }
  friend constexpr strong_position operator-(strong_position p, Rep n) {
    return strong_position(static_cast<Rep>(p.value - n));
  }
  friend constexpr Rep operator-(strong_position a, strong_position b) {
    return static_cast<Rep>(a.value - b.value);
  }
};

template <class T>
concept strong = requires(T t) {
  typename T::rep;
  { t.value } -> std::convertible_to<typename T::rep>;
  requires std::integral<typename T::rep>;
};

}  // namespace klamm

template <klamm::strong T>
struct std::hash<T> {
  std::size_t operator()(const T& t) const noexcept { return std::hash<typename T::rep>{}(t.value); }
};
