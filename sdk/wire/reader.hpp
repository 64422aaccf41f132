// Reads the protocol's types from one frame.
//
// The first failure sticks: it is remembered with its place, every later read yields zero or nothing, and
// loops end because nothing is left. So decoders are straight lines, and are checked once, at their end.
// Every length and count is bounded by the bytes that are left *before* anything is allocated for it. A structure may
// be large where its encoding takes two bytes, so that arrays are bounded three times:
//
//   elements of one array             max_array_elements     as Apache Kafka 4.4
//   tagged fields of one structure    max_tagged_fields      as Apache Kafka 4.4
//   memory of all arrays and tags     limit_memory()         1 GiB unless the caller says less
//
// It takes what Apache Kafka's reader takes: any nonzero byte for true, any negative length for null, varints
// longer than needed up to five bytes. Text is not checked for UTF-8; Kafka replaces bad sequences, we hand
// the bytes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.hpp"
#include "wire/endian.hpp"
#include "wire/fields.hpp"
#include "wire/varint.hpp"

namespace klamm::wire {

inline constexpr std::int64_t max_array_elements = 1'000'000;
inline constexpr std::uint32_t max_tagged_fields = 10'000;

class reader {
 public:
  /// Bytes that outlive the reader and everything decoded from it.
  explicit reader(bytes_view bytes) : reader(buffer_slice::borrow(bytes)) {}
  /// Record fields of decoded messages will share the frame's owner.
  explicit reader(buffer_slice frame)
      : frame_(std::move(frame)), at_(frame_.data()), end_(frame_.data() + frame_.size()) {}

  bool ok() const { return what_ == nullptr; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  /// How many bytes were read; where the failure was, once there is one.
  std::size_t position() const { return ok() ? static_cast<std::size_t>(at_ - frame_.data()) : failed_at_; }
  /// `fetch_request.topics at byte 17: a count beyond the bytes that are left`. Empty while ok().
  std::string failure() const;

  /// The message that is being decoded, for failure(). The text must outlive the reader.
  void message(std::string_view name) {
    if (ok()) message_ = name;
  }
  /// Fails at the current place. Both texts must outlive the reader.
  void fail(const char* field, const char* what);
  void fail_null(const char* field) { fail(field, null_not_allowed); }

  /// How much memory the arrays and tagged fields of what is decoded from here on may take in all.
  void limit_memory(std::size_t bytes) { memory_left_ = bytes; }
  /// Takes so much of it for `count` elements of `size` bytes; fails where it is used up.
  bool take_memory(std::size_t count, std::size_t size, const char* field) {
    if (count > memory_left_ / size) return fail(field, too_much_memory), false;
    memory_left_ -= count * size;
    return true;
  }

  /// A big-endian number of type Wire into a number, strong type, enumeration or duration.
  template <class Wire, class T>
  void get(T& to, const char* field) {
    to = from_wire<T>(take<Wire>(field));
  }
  void get_bool(bool& to, const char* field) { to = take<std::int8_t>(field) != 0; }
  void get_double(double& to, const char* field) { to = std::bit_cast<double>(take<std::uint64_t>(field)); }
  template <class Uuid>
  void get_uuid(Uuid& to, const char* field) {
    static_assert(sizeof(Uuid) == 16);
    if (left() < sizeof to) {
      to = {};
      return fail(field, too_short);
    }
    std::memcpy(&to, at_, sizeof to);
    at_ += sizeof to;
  }
  std::uint32_t get_uvarint(const char* field);

  // Compact lengths (KIP-482) are varints of the length plus one, 0 for null. The others are int16 (text) and
  // int32.
  void get_string(std::string_view& to, bool compact, const char* field);
  void get_string(std::optional<std::string_view>& to, bool compact, const char* field);
  void get_bytes(bytes_ref& to, bool compact, const char* field);
  void get_bytes(std::optional<bytes_ref>& to, bool compact, const char* field);
  void get_records(records_field& to, bool compact, const char* field);
  void get_records(std::optional<records_field>& to, bool compact, const char* field);

  /// Reads an array's count and gives `to` that many elements, of which those that were there keep their
  /// capacity. Each takes at least `element_size` bytes on the wire.
  template <class T>
  void get_count(std::vector<T>& to, bool compact, std::size_t element_size, const char* field) {
    const auto count = take_count(compact, element_size, sizeof(T), field);
    if (count < 0) fail_null(field);
    to.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  /// As above; false and null for a null array.
  template <class T>
  bool get_count(std::optional<std::vector<T>>& to, bool compact, std::size_t element_size,
                 const char* field) {
    const auto count = take_count(compact, element_size, sizeof(T), field);
    if (count < 0) {
      to.reset();
      return false;
    }
    if (!to) to.emplace();
    to->resize(static_cast<std::size_t>(count));
    return true;
  }
  /// What stands before a nullable struct, whether it is there: gives it a value if so, null if not.
  template <class T>
  bool get_presence(std::optional<T>& to, presence_form form, const char* field) {
    const bool present = form == presence_form::int8 ? take<std::int8_t>(field) >= 0 : get_uvarint(field) > 0;
    if (!present || !ok())
      to.reset();
    else if (!to)
      to.emplace();
    return to.has_value();
  }

  /// Takes `count` bytes, and fails where there are fewer.
  bytes_ref get_raw(std::size_t count, const char* field) {
    if (count > left()) return fail(field, too_short), bytes_ref{};
    const bytes_ref taken(at_, count);
    at_ += count;
    return taken;
  }

 private:
  static const char* const too_short;
  static const char* const null_not_allowed;
  static const char* const too_much_memory;

  template <class T, class Wire>
  static T from_wire(Wire value) {
    if constexpr (strong<T>)
      return T(value);
    else if constexpr (std::is_enum_v<T>)
      return static_cast<T>(value);
    else if constexpr (std::is_same_v<T, std::chrono::milliseconds>)
      return T(value);
    else {
      static_assert(std::is_same_v<T, Wire>);
      return value;
    }
  }
  template <class Wire>
  Wire take(const char* field) {
    if (left() < sizeof(Wire)) [[unlikely]]
      return fail(field, too_short), Wire{};
    const auto value = load<Wire>(at_);
    at_ += sizeof(Wire);
    return value;
  }
  /// -1 for null; never more than is left.
  std::int64_t take_length(bool compact, bool text, const char* field);
  /// -1 for null. `element_size` on the wire, `memory` decoded.
  std::int64_t take_count(bool compact, std::size_t element_size, std::size_t memory, const char* field);

  buffer_slice frame_;
  const std::byte* at_;
  const std::byte* end_;
  std::string_view message_;
  const char* field_ = nullptr;
  const char* what_ = nullptr;
  std::size_t failed_at_ = 0;
  std::size_t memory_left_ = std::size_t{1} << 30;
};

/// Walks the tagged fields at the end of a flexible struct: `for (tag_cursor t(r); t.next();) switch
/// (t.tag()) ...`. As in Apache Kafka's reader, a known field's size is not believed: the field ends where
/// its type says.
class tag_cursor {
 public:
  explicit tag_cursor(reader& from) : reader_(from), left_(from.get_uvarint(counted)) {
    if (left_ > max_tagged_fields) from.fail(counted, "more than 10,000 tagged fields");
  }

  bool next();
  std::uint32_t tag() const { return tag_; }
  /// Keeps the current field as one that the schema does not have.
  void keep(unknown_tags& in) {
    if (reader_.take_memory(1, sizeof(unknown_tag), counted))
      in.push_back({tag_, reader_.get_raw(size_, "tagged field")});
  }

 private:
  static constexpr const char* counted = "tagged fields";

  reader& reader_;
  std::uint32_t left_;
  std::uint32_t tag_ = 0;
  std::uint32_t size_ = 0;
};

/// The tagged fields of a struct whose schema has none.
inline void keep_tags(reader& from, unknown_tags& in) {
  for (tag_cursor tags(from); tags.next();) tags.keep(in);
}

}  // namespace klamm::wire
