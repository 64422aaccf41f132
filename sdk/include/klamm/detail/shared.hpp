// One pointer with a share in what it points to: how handles stay one word wide.
#pragma once

#include <utility>

namespace klamm {
inline namespace v1 {
namespace detail {

/// T is opaque here; the library provides retain(T*) and release(T*), found beside T.
template <class T>
class Shared {
 public:
  constexpr Shared() noexcept = default;
  /// Adopts a share that somebody already counted.
  constexpr explicit Shared(T* adopted) noexcept : object_(adopted) {}
  Shared(const Shared& other) noexcept : object_(other.object_) {
    if (object_) retain(object_);
  }
  Shared(Shared&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Shared& operator=(Shared other) noexcept { return std::swap(object_, other.object_), *this; }
  ~Shared() {
    if (object_) release(object_);
  }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_; }

 private:
  T* object_ = nullptr;
};

/// Destroys what only the library knows the size of: it provides destroy(T*), found beside T.
struct Destroy {
  template <class T>
  void operator()(T* object) const noexcept {
    destroy(object);
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace klamm
