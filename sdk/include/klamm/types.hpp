// The vocabulary of the public API: strong numbers, sizes, times, and parameters that borrow.
#pragma once

#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <klamm/detail/config.hpp>

namespace klamm {
inline namespace v1 {

using Millis = std::chrono::milliseconds;
/// Milliseconds since 1970-01-01 UTC, as records carry them.
using Timestamp = std::chrono::sys_time<Millis>;
/// As a timeout: no bound.
inline constexpr Millis forever = Millis::max();

/// A number with a meaning of its own: explicit to make, ordered, hashable, printable, and without
/// arithmetic. Default: -1, Kafka's "none".
template <class Tag, class Rep>
struct Strong {
  Rep value{-1};
  constexpr Strong() = default;
  constexpr explicit Strong(Rep v) : value(v) {}
  auto operator<=>(const Strong&) const = default;

  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const Strong& s) {
    return out << s.value;
  }
};
/// A partition of a topic, from 0.
using Partition = Strong<class PartitionTag, std::int32_t>;
/// The place of a record in its partition, from 0.
using Offset = Strong<class OffsetTag, std::int64_t>;
/// A broker of the cluster (`node.id`).
using NodeId = Strong<class NodeTag, std::int32_t>;

/// A number of bytes. `ByteSize(1'000)` or, with `using namespace klamm::literals`, `64_KiB`.
struct ByteSize {
  std::uint64_t value;
  constexpr explicit ByteSize(std::uint64_t v) : value(v) {}
  auto operator<=>(const ByteSize&) const = default;
};

struct TopicPartition {
  std::string topic{};
  Partition partition{};
  auto operator<=>(const TopicPartition&) const = default;

  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const TopicPartition& at) {
    return out << at.topic << '/' << at.partition;
  }
};

/// A place to go on reading from, as commits store it.
struct TopicPartitionOffset {
  TopicPartition at{};
  Offset next{};                   ///< the offset to read next: one past the last record that was processed
  std::int32_t leader_epoch = -1;  ///< of the record before `next` (KIP-320); -1: unknown
  std::string metadata{};          ///< a note that is stored with a commit, up to the broker's 4,096 bytes
};

/// A parameter that takes a list: `{a, b}`, a vector, an array, a span, or one T. It borrows for the call.
template <class T>
class ListRef {
 public:
  constexpr ListRef() = default;
  constexpr ListRef(std::initializer_list<T> list KLAMM_BORROWS) : items_(list.begin(), list.size()) {}
  constexpr ListRef(const T& one KLAMM_BORROWS) : items_(&one, 1) {}
  template <class R>
    requires std::convertible_to<const R&, std::span<const T>>
  constexpr ListRef(const R& list KLAMM_BORROWS) : items_(list) {}

  constexpr const T* begin() const noexcept { return items_.data(); }
  constexpr const T* end() const noexcept { return items_.data() + items_.size(); }
  constexpr std::size_t size() const noexcept { return items_.size(); }
  constexpr bool empty() const noexcept { return items_.empty(); }

 private:
  std::span<const T> items_{};
};

/// A container of bytes: string, string_view, vector<std::byte>, span<uint8_t>...
template <class R>
concept ByteRange = !std::is_array_v<R> && requires(const R& r) {
  std::size(r);
  requires sizeof(*std::data(r)) == 1;
};

/// Borrowed bytes, 16 bytes wide. Null (no key; as a value a tombstone) is not the same as empty, and only
/// nullptr, nullopt, a null `const char*` or nothing at all make it: no container does.
class BytesView {
 public:
  constexpr BytesView() = default;
  constexpr BytesView(std::nullptr_t) {}
  constexpr BytesView(std::nullopt_t) {}
  /// Up to the terminating zero; `"a\0b"_bytes` keeps it.
  constexpr BytesView(const char* text KLAMM_BORROWS)
      : data_(text), size_(text ? std::char_traits<char>::length(text) : 0) {}
  constexpr BytesView(const char* data KLAMM_BORROWS, std::size_t size) : data_(data), size_(size) {}
  template <ByteRange R>
  constexpr BytesView(const R& owner KLAMM_BORROWS) : BytesView(of(owner)) {}
  template <ByteRange R>
    requires std::ranges::enable_borrowed_range<R>
  constexpr BytesView(const R& view) : BytesView(of(view)) {}
  template <ByteRange R>
  constexpr BytesView(const std::optional<R>& r KLAMM_BORROWS) {
    if (r) *this = BytesView(*r);
  }

  constexpr bool is_null() const noexcept { return !data_; }
  constexpr bool empty() const noexcept { return !size_; }
  constexpr std::size_t size() const noexcept { return size_; }
  std::span<const std::byte> bytes() const noexcept {
    return {reinterpret_cast<const std::byte*>(data_), size_};
  }
  constexpr std::string_view text() const noexcept { return {data_, size_}; }
  constexpr operator std::string_view() const noexcept { return text(); }

  friend constexpr bool operator==(BytesView a, BytesView b) {
    return a.is_null() == b.is_null() && a.text() == b.text();
  }
  template <ByteRange R>
  friend constexpr bool operator==(BytesView a, const R& b) {
    return a == BytesView(b);
  }

 private:
  // Not null, however empty the container is.
  template <class R>
  static constexpr BytesView of(const R& r) {
    return std::size(r) ? BytesView(reinterpret_cast<const char*>(std::data(r)), std::size(r))
                        : BytesView("");
  }

  const char* data_ = nullptr;
  std::size_t size_ = 0;
};
static_assert(sizeof(BytesView) == 2 * sizeof(void*));

namespace literals {
constexpr ByteSize operator""_KiB(unsigned long long n) { return ByteSize(n << 10); }
constexpr ByteSize operator""_MiB(unsigned long long n) { return ByteSize(n << 20); }
/// The characters as bytes, zeros among them kept.
constexpr BytesView operator""_bytes(const char* text, std::size_t size) { return {text, size}; }
}  // namespace literals

}  // namespace v1
}  // namespace klamm

/// As of its value.
template <class Tag, class Rep>
struct std::hash<klamm::Strong<Tag, Rep>> {
  std::size_t operator()(const klamm::Strong<Tag, Rep>& s) const noexcept {
    return std::hash<Rep>{}(s.value);
  }
};
/// As equality: of topic and partition.
template <>
struct std::hash<klamm::TopicPartition> {
  std::size_t operator()(const klamm::TopicPartition& at) const noexcept {
    return std::hash<std::string>{}(at.topic) * 31 + std::hash<klamm::Partition>{}(at.partition);
  }
};
