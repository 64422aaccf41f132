// The headers of a record: names with values, in order, repeats kept.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include <klamm/types.hpp>

namespace klamm {
inline namespace v1 {

/// A range that owns what its items are views of, to be iterated once by a for loop.
template <class T>
class Range;

/// One header. A null value is not the same as an empty one.
struct HeaderRef {
  std::string_view key{};
  BytesView value{};
};

namespace detail {
/// Reads the header at `at` into `to` and returns where the next begins. Precondition: a whole header is there.
KLAMM_API const char* next_header(const char* at, HeaderRef& to) noexcept;
}  // namespace detail

/// The headers of a record in their wire form, decoded as they are walked. Borrows the bytes; 16 bytes wide.
template <>
class Range<HeaderRef> {
 public:
  class iterator {
   public:
    using value_type = HeaderRef;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    HeaderRef operator*() const noexcept { return current_; }
    iterator& operator++() noexcept { return --left_, read(), *this; }
    void operator++(int) noexcept { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return left_ == 0; }

   private:
    friend class Range;
    iterator(const char* at, std::uint32_t left) noexcept : next_(at), left_(left) { read(); }
    void read() noexcept {
      if (left_ != 0) next_ = detail::next_header(next_, current_);
    }
    const char* next_ = nullptr;
    std::uint32_t left_ = 0;
    HeaderRef current_{};
  };

  constexpr Range() = default;
  /// `encoded`: `count` whole headers one after the other, as they stand in a record (KIP-82), without their count.
  constexpr Range(const char* encoded KLAMM_BORROWS, std::uint32_t count) noexcept
      : data_(encoded), count_(count) {}

  iterator begin() const noexcept { return {data_, count_}; }
  std::default_sentinel_t end() const noexcept { return {}; }
  bool empty() const noexcept { return count_ == 0; }
  std::uint32_t size() const noexcept { return count_; }

 private:
  const char* data_ = nullptr;
  std::uint32_t count_ = 0;
};

class HeadersView : public Range<HeaderRef> {
 public:
  using Range<HeaderRef>::Range;
  /// The value of the last header called `key`: the one that counts where a name repeats. Null if there is
  /// none.
  KLAMM_API BytesView last(std::string_view key) const noexcept;
};
static_assert(sizeof(HeadersView) == 2 * sizeof(void*));

/// Headers that own their bytes, to be built one by one.
class Headers {
 public:
  Headers() = default;
  KLAMM_API explicit Headers(HeadersView headers);
  /// Throws std::length_error beyond 2 GiB.
  KLAMM_API void add(std::string_view key, BytesView value);
  void clear() noexcept { encoded_.clear(), count_ = 0; }
  bool empty() const noexcept { return count_ == 0; }
  std::uint32_t size() const noexcept { return count_; }
  operator HeadersView() const noexcept KLAMM_BORROWS { return {encoded_.data(), count_}; }

 private:
  std::string encoded_;
  std::uint32_t count_ = 0;
};

/// A parameter that takes headers in any form: `{{"trace", id}}`, an array or vector of HeaderRef, HeadersView, Headers.
class HeadersRef {
 public:
  constexpr HeadersRef() = default;
  constexpr HeadersRef(std::initializer_list<HeaderRef> list KLAMM_BORROWS)
      : list_(list.begin(), list.size()) {}
  constexpr HeadersRef(HeadersView encoded) : encoded_(encoded) {}
  HeadersRef(const Headers& headers KLAMM_BORROWS) : encoded_(headers) {}
  template <class R>
    requires std::convertible_to<const R&, std::span<const HeaderRef>>
  constexpr HeadersRef(const R& list KLAMM_BORROWS) : list_(list) {}

  bool empty() const noexcept { return size() == 0; }
  std::size_t size() const noexcept { return list_.size() + encoded_.size(); }

  /// Calls `f(const HeaderRef&)` for each, in order.
  template <class F>
  void for_each(F f) const {
    for (const auto& header : list_) f(header);
    for (const auto header : encoded_) f(header);
  }

 private:
  // At most one of the two has anything.
  std::span<const HeaderRef> list_{};
  HeadersView encoded_{};
};

}  // namespace v1
}  // namespace klamm
