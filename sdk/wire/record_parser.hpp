// Takes one encoded record apart, without context: deltas as they are stored. Internal to the record layer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "wire/record.hpp"
#include "wire/varint.hpp"

namespace klamm::wire {

struct parsed_record {
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  nullable_bytes key;
  nullable_bytes value;
  header_views headers;
};

/// Nearly all numbers of a record take one byte.
template <std::signed_integral T>
inline const std::byte* get_short_varint(const std::byte* from, const std::byte* end, T& v) {
  if (from != end && std::to_integer<std::uint8_t>(*from) < 0x80) {
    v = unzigzag(static_cast<std::make_unsigned_t<T>>(*from));
    return from + 1;
  }
  return get_varint(from, end, v);
}

/// A length and as many bytes; -1: null. Gives the end of what was read, or null where it lies.
inline const std::byte* get_nullable_bytes(const std::byte* from, const std::byte* end, nullable_bytes& out) {
  std::int32_t size = 0;
  from = get_short_varint(from, end, size);
  if (!from || size < -1 || size > end - from) return nullptr;
  if (size < 0) return out.reset(), from;
  out.emplace(from, static_cast<std::size_t>(size));
  return from + size;
}

inline const std::byte* get_header(const std::byte* from, const std::byte* end, header_ref& out) {
  nullable_bytes key;
  from = get_nullable_bytes(from, end, key);
  if (!from || !key) return nullptr;
  out.key = as_text(*key);
  return get_nullable_bytes(from, end, out.value);
}

inline const std::byte* get_headers(const std::byte* from, const std::byte* end, header_views& out) {
  std::int32_t count = 0;
  from = get_short_varint(from, end, count);
  if (!from || count < 0 || count > end - from) return nullptr;
  out = {{from, end}, count};
  header_ref ignored;
  for (; count > 0 && from; --count) from = get_header(from, end, ignored);
  return from;
}

/// Reads the record at `from` and returns its end, or null where its lengths and what is there differ.
inline const std::byte* parse_record(const std::byte* from, const std::byte* end, parsed_record& out) {
  std::int32_t size = 0;
  from = get_short_varint(from, end, size);
  if (!from || size < 1 || size > end - from) return nullptr;
  end = from + size;
  ++from;  // attributes: none are defined
  from = get_short_varint(from, end, out.timestamp_delta);
  if (from) from = get_short_varint(from, end, out.offset_delta);
  if (from) from = get_nullable_bytes(from, end, out.key);
  if (from) from = get_nullable_bytes(from, end, out.value);
  if (from) from = get_headers(from, end, out.headers);
  return from == end ? end : nullptr;
}

}  // namespace klamm::wire
