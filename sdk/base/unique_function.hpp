// A callable that is moved, not copied: what completions and posted commands are made of.
// (std::move_only_function is C++23.)
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace klamm {

/// Holds any move-constructible callable of the signature. Up to 48 bytes lie inside; a larger one is put on
/// the heap.
template <class Signature>
class unique_function;

template <class R, class... Args>
class unique_function<R(Args...)> {
  static constexpr std::size_t inline_size = 48;

  // Lies in storage_; moves and destroys itself.
  struct holder {
    virtual ~holder() = default;
    virtual R call(Args... args) = 0;
    virtual holder* move_to(void* place) noexcept = 0;
  };

  template <class F>
  struct inline_holder final : holder {
    explicit inline_holder(F f) : function(std::move(f)) {}
    R call(Args... args) override { return std::invoke(function, std::forward<Args>(args)...); }
    holder* move_to(void* place) noexcept override {
      return ::new (place) inline_holder(std::move(function));
    }
    F function;
  };

  template <class F>
  struct heap_holder final : holder {
    explicit heap_holder(std::unique_ptr<F> f) : function(std::move(f)) {}
    R call(Args... args) override { return std::invoke(*function, std::forward<Args>(args)...); }
    holder* move_to(void* place) noexcept override { return ::new (place) heap_holder(std::move(function)); }
    std::unique_ptr<F> function;
  };

 public:
  unique_function() = default;
  unique_function(std::nullptr_t) {}

  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, unique_function> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  unique_function(F&& f) {
    using function = std::decay_t<F>;
    if constexpr (sizeof(inline_holder<function>) <= sizeof storage_ &&
                  alignof(function) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<function>) {
      held_ = ::new (storage_) inline_holder<function>(std::forward<F>(f));
    } else {
      held_ = ::new (storage_) heap_holder<function>(std::make_unique<function>(std::forward<F>(f)));
    }
  }

  unique_function(unique_function&& other) noexcept { take(other); }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~unique_function() { reset(); }

  explicit operator bool() const { return held_ != nullptr; }

  R operator()(Args... args) {
    assert(held_);
    return held_->call(std::forward<Args>(args)...);
  }

 private:
  void take(unique_function& other) noexcept {
    if (!other.held_) return;
    held_ = other.held_->move_to(storage_);
    other.reset();
  }
  void reset() noexcept {
    if (held_) std::exchange(held_, nullptr)->~holder();
  }

  holder* held_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[inline_size + sizeof(void*)];
};

}  // namespace klamm
