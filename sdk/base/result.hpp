// A value, or why there is none. (std::expected is C++23.)
#pragma once

#include <cassert>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace klamm {

template <class T>
class [[nodiscard]] result {
  using value_type = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

 public:
  result()
    requires std::is_void_v<T>
  = default;
  result(value_type value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error e) : state_(std::in_place_index<1>, std::move(e)) {}
  result(error_code code) : result(klamm::error(code)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  value_type& operator*() & { return get(); }
  value_type&& operator*() && { return std::move(get()); }
  const value_type& operator*() const& { return const_cast<result*>(this)->get(); }
  value_type* operator->() { return &get(); }
  const value_type* operator->() const { return &const_cast<result*>(this)->get(); }

  const klamm::error& failure() const {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  error_code code() const { return has_value() ? error_code::none : failure().code; }

 private:
  value_type& get() {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }

  std::variant<value_type, klamm::error> state_;
};

}  // namespace klamm
