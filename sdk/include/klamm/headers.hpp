// The headers of a record: names with values, in order, repeats kept.
#pragma once

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
/// Reads one header of a record from `at` on into `to` and returns where the next begins, or null if no whole
/// header is there.
KLAMM_API const char* next_header(const char* at, const char* end, HeaderRef& to) noexcept;
}  // namespace detail

/// The headers of a record in their wire form, decoded one by one. Borrows the bytes; 16 bytes wide.
template <>
class Range<HeaderRef> {
 public:
  class iterator {
   public:
    using value_type = HeaderRef;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    HeaderRef operator*() const noexcept { return current_; }
    iterator& operator++() noexcept {
      next_ = next_ ? detail::next_header(next_, end_, current_) : nullptr;
      return *this;
    }
    void operator++(int) noexcept { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return !next_; }

   private:
    friend class Range;
    iterator(const char* at, const char* end) noexcept
        : next_(at == end ? nullptr : detail::next_header(at, end, current_)), end_(end) {}
    const char* next_ = nullptr;
    const char* end_ = nullptr;
    HeaderRef current_{};
  };

  constexpr Range() = default;
  /// `encoded`: headers one after the other, as they stand in a record (varint lengths, KIP-82), without
  /// their count.
  constexpr Range(std::string_view encoded KLAMM_BORROWS, std::uint32_t count) noexcept
      : data_(encoded.data()), size_(static_cast<std::uint32_t>(encoded.size())), count_(count) {}

  iterator begin() const noexcept { return {data_, data_ + size_}; }
  std::default_sentinel_t end() const noexcept { return {}; }
  bool empty() const noexcept { return count_ == 0; }
  std::uint32_t size() const noexcept { return count_; }
  std::string_view encoded() const noexcept { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::uint32_t size_ = 0;
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
  explicit Headers(HeadersView headers) : encoded_(headers.encoded()), count_(headers.size()) {}
  /// Throws std::length_error beyond 2 GiB.
  KLAMM_API void add(std::string_view key, BytesView value);
  void clear() noexcept { encoded_.clear(), count_ = 0; }
  bool empty() const noexcept { return count_ == 0; }
  std::uint32_t size() const noexcept { return count_; }
  operator HeadersView() const noexcept KLAMM_BORROWS { return {encoded_, count_}; }

 private:
  std::string encoded_;
  std::uint32_t count_ = 0;
};

/// A parameter that takes headers in any form: `{{"trace", id}}`, an array or vector of HeaderRef,
/// HeadersView, Headers.
class HeadersRef {
 public:
  constexpr HeadersRef() = default;
  constexpr HeadersRef(std::initializer_list<HeaderRef> list KLAMM_BORROWS)
      : list_(list.begin()), size_(list.size()) {}
  constexpr HeadersRef(HeadersView encoded)
      : encoded_(encoded.encoded().data()), size_(encoded.encoded().size()), count_(encoded.size()) {}
  HeadersRef(const Headers& headers KLAMM_BORROWS) : HeadersRef(HeadersView(headers)) {}
  template <class R>
    requires std::convertible_to<const R&, std::span<const HeaderRef>>
  constexpr HeadersRef(const R& list KLAMM_BORROWS)
      : list_(std::span<const HeaderRef>(list).data()), size_(std::span<const HeaderRef>(list).size()) {}

  constexpr bool empty() const noexcept { return size_ == 0; }
  /// The headers as they were given: as a list...
  constexpr std::span<const HeaderRef> list() const noexcept {
    return list_ ? std::span<const HeaderRef>(list_, size_) : std::span<const HeaderRef>();
  }
  /// ... or encoded; the other of the two is empty.
  constexpr HeadersView encoded() const noexcept {
    return encoded_ ? HeadersView(std::string_view(encoded_, size_), count_) : HeadersView();
  }

 private:
  const HeaderRef* list_ = nullptr;
  const char* encoded_ = nullptr;
  std::size_t size_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace v1
}  // namespace klamm
