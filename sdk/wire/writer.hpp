// Writes the protocol's types into blocks that never move, and splices record data between them without
// copying it.
//
// The first failure sticks, with its reason: a value that the message's version cannot carry. What was
// written then must not be sent. So encoders are straight lines, and are checked once, at their end.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/strong.hpp"
#include "wire/endian.hpp"
#include "wire/fields.hpp"
#include "wire/varint.hpp"

namespace klamm::wire {

class writer {
 public:
  /// `expected_size` is the size of the first block; larger messages take further ones.
  explicit writer(std::size_t expected_size = 512) : next_block_(expected_size < 64 ? 64 : expected_size) {}
  writer(writer&&) noexcept = default;
  writer& operator=(writer&&) noexcept = default;

  /// A writer for a part of this one's message.
  writer nested() const {
    writer part(64);
    part.message(message_, version_);
    return part;
  }

  bool ok() const { return failure_.empty(); }
  /// `fetch_request v7: no field topic_id in this version, and it is not at its default`. Empty while ok().
  const std::string& failure() const { return failure_; }
  /// Bytes written so far.
  std::size_t size() const { return done_.size() + pending(); }
  /// What was written, in order. The writer is empty afterwards, and keeps the rest of its block.
  byte_chain finish();

  /// The message that is being encoded, for failure(). The text must outlive the writer.
  void message(std::string_view name, api_version version) { message_ = name, version_ = version; }
  void fail(const char* field, std::string_view why);
  /// Takes over the failure of a part.
  void fail_as(const writer& part) {
    if (ok()) failure_ = part.failure_;
  }
  /// The version lacks the field, and dropping its value would change the meaning.
  void fail_not_in_version(const char* field);
  void fail_null(const char* field) { fail(field, "null in a field that is not nullable in this version"); }

  /// A number, strong type, enumeration or duration as a big-endian number of type Wire. A duration beyond it
  /// fails.
  template <class Wire, class T>
  void put(T value, const char* field) {
    if constexpr (std::is_same_v<T, std::chrono::milliseconds> && sizeof(Wire) < sizeof(std::int64_t)) {
      if (!std::in_range<Wire>(value.count())) return fail(field, "a duration beyond the range of the field");
    }
    store<Wire>(room(sizeof(Wire)), to_wire<Wire>(value));
    at_ += sizeof(Wire);
  }
  void put_bool(bool value) { *room(1) = static_cast<std::byte>(value), ++at_; }
  void put_double(double value) {
    store(room(sizeof value), std::bit_cast<std::uint64_t>(value));
    at_ += sizeof value;
  }
  template <class Uuid>
  void put_uuid(const Uuid& value) {
    static_assert(sizeof(Uuid) == 16);
    std::memcpy(room(sizeof value), &value, sizeof value);
    at_ += sizeof value;
  }
  void put_uvarint(std::uint32_t value) {
    at_ = wire::put_uvarint(room(max_varint_size<std::uint32_t>), value);
  }
  void put_raw(bytes_view bytes);
  /// Splices the chain's slices in; they must keep their bytes alive until the message has been sent.
  void put_chain(const byte_chain& chain);

  void put_string(std::string_view value, bool compact, const char* field);
  void put_bytes(bytes_view value, bool compact, const char* field);
  void put_records(const records_field& value, bool compact, const char* field);
  // Templates, so that nothing converts to an optional on its way.
  template <std::same_as<std::string_view> T>
  void put_string(const std::optional<T>& value, bool compact, const char* field) {
    if (value)
      put_string(*value, compact, field);
    else if (compact)
      put_uvarint(0);
    else
      put<std::int16_t>(std::int16_t{-1}, field);
  }
  template <std::same_as<bytes_ref> T>
  void put_bytes(const std::optional<T>& value, bool compact, const char* field) {
    if (value)
      put_bytes(*value, compact, field);
    else
      put_null(compact);
  }
  template <std::same_as<records_field> T>
  void put_records(const std::optional<T>& value, bool compact, const char* field) {
    if (value)
      put_records(*value, compact, field);
    else
      put_null(compact);
  }
  template <class T>
  void put_count(const std::vector<T>& of, bool compact, const char* field) {
    put_length(of.size(), compact, field);
  }
  /// As above, or null's count; whether there are elements to write.
  template <class T>
  bool put_count(const std::optional<std::vector<T>>& of, bool compact, const char* field) {
    if (of)
      put_length(of->size(), compact, field);
    else
      put_null(compact);
    return of.has_value();
  }
  /// What stands before a nullable struct: whether it is there.
  void put_presence(bool present, presence_form form) {
    if (form == presence_form::uvarint) return put_uvarint(present ? 1 : 0);
    put<std::int8_t>(present ? std::int8_t{1} : std::int8_t{-1}, "");
  }

  /// For versions without tagged fields: fails if there are any.
  void no_tags(const unknown_tags& unknown) {
    if (!unknown.empty()) fail("tagged fields", "this version has none");
  }

  /// Room for a number that is known later (a frame's length): store it there before finish(). Blocks do not
  /// move.
  std::byte* reserve(std::size_t count) {
    auto* place = room(count);
    at_ += count;
    return place;
  }

 private:
  template <class Wire, class T>
  static Wire to_wire(T value) {
    if constexpr (strong<T>)
      return value.value;
    else if constexpr (std::is_same_v<T, std::chrono::milliseconds>)
      return static_cast<Wire>(value.count());
    else if constexpr (std::is_enum_v<T>)
      return static_cast<Wire>(value);
    else {
      static_assert(std::is_same_v<T, Wire>);
      return value;
    }
  }
  std::size_t pending() const { return static_cast<std::size_t>(at_ - from_); }
  std::byte* room(std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count) [[unlikely]]
      grow(count);
    return at_;
  }
  void grow(std::size_t count);
  void put_length(std::size_t length, bool compact, const char* field);
  /// The length of null, as int32 where it is not compact.
  void put_null(bool compact);
  /// Moves what was written since the last slice into the chain.
  void close_slice();

  std::shared_ptr<std::byte[]> block_;
  std::byte* from_ = nullptr;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t next_block_;
  byte_chain done_;
  std::string failure_;
  std::string_view message_;
  api_version version_ = 0;
};

/// Writes the tagged fields at the end of a flexible struct in rising order, known and unknown ones mixed.
class tag_writer {
 public:
  /// `known` is how many known fields will follow.
  tag_writer(writer& to, const unknown_tags& unknown, std::size_t known);
  ~tag_writer() { put_unknown_before(1ULL << 32); }
  tag_writer(const tag_writer&) = delete;
  tag_writer& operator=(const tag_writer&) = delete;

  /// A writer for the value of a known field.
  writer begin() const { return to_.nested(); }
  /// Writes the known field `tag`, larger than any before it, from what `value` holds.
  void put(std::uint32_t tag, writer& value);

 private:
  void put_unknown_before(std::uint64_t tag);

  writer& to_;
  const unknown_tags& unknown_;
  std::size_t next_ = 0;
  std::int64_t last_ = -1;
};

}  // namespace klamm::wire
