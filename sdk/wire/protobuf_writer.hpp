// Writes messages in the wire format of Protocol Buffers: as much of it as telemetry needs, which writes and never reads.
//
//   wire type   field           written as
//   ---------   -------------   --------------------------------------
//   0           put_uint        a varint
//   1           put_fixed64     8 bytes, little-endian
//   2           put_string,     the length as a varint, and the bytes
//               put_message
#pragma once

#include <bit>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "wire/varint.hpp"

namespace klamm::wire {

/// Fields in the order of the calls. What is at its default the caller leaves out, or not.
class protobuf_writer {
 public:
  void put_uint(std::uint32_t field, std::uint64_t value) {
    put_tag(field, 0);
    put_varint(value);
  }
  void put_fixed64(std::uint32_t field, std::uint64_t value) {
    put_tag(field, 1);
    for (int bits = 0; bits < 64; bits += 8) bytes_.push_back(static_cast<std::byte>(value >> bits));
  }
  void put_double(std::uint32_t field, double value) {
    put_fixed64(field, std::bit_cast<std::uint64_t>(value));
  }
  void put_string(std::uint32_t field, std::string_view text) { put_bytes(field, as_bytes_view(text)); }
  void put_message(std::uint32_t field, const protobuf_writer& message) { put_bytes(field, message.bytes_); }

  std::vector<std::byte> finish() { return std::move(bytes_); }

 private:
  void put_tag(std::uint32_t field, std::uint32_t wire_type) {
    put_varint(static_cast<std::uint64_t>(field << 3 | wire_type));
  }
  void put_varint(std::uint64_t value) {
    std::byte encoded[max_varint_size<std::uint64_t>];
    bytes_.insert(bytes_.end(), encoded, put_uvarint(encoded, value));
  }
  void put_bytes(std::uint32_t field, bytes_view value) {
    put_tag(field, 2);
    put_varint(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }

  std::vector<std::byte> bytes_;
};

}  // namespace klamm::wire
