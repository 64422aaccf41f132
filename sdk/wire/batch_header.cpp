#include "wire/batch_header.hpp"

#include "wire/crc32c.hpp"
#include "wire/endian.hpp"

namespace klamm::wire {

batch_header read_batch_header(const std::byte* from) {
  batch_header h;
  h.base_offset = klamm::offset(load<std::int64_t>(from));
  h.length = load<std::int32_t>(from + 8);
  h.partition_leader_epoch = leader_epoch(load<std::int32_t>(from + leader_epoch_at));
  h.magic = load<std::int8_t>(from + magic_at);
  h.crc = load<std::uint32_t>(from + crc_at);
  h.attributes = {load<std::int16_t>(from + attributes_at)};
  h.last_offset_delta = load<std::int32_t>(from + 23);
  h.base_timestamp = timestamp(load<std::int64_t>(from + 27));
  h.max_timestamp = timestamp(load<std::int64_t>(from + 35));
  h.producer_id = klamm::producer_id(load<std::int64_t>(from + 43));
  h.producer_epoch = klamm::producer_epoch(load<std::int16_t>(from + 51));
  h.base_sequence = sequence(load<std::int32_t>(from + 53));
  h.record_count = load<std::int32_t>(from + 57);
  return h;
}

void write_batch_header(std::byte* to, const batch_header& header) {
  store(to, header.base_offset.value);
  store(to + 8, header.length);
  store(to + leader_epoch_at, header.partition_leader_epoch.value);
  store(to + magic_at, header.magic);
  store(to + crc_at, header.crc);
  store(to + attributes_at, header.attributes.bits);
  store(to + 23, header.last_offset_delta);
  store(to + 27, header.base_timestamp.value);
  store(to + 35, header.max_timestamp.value);
  store(to + 43, header.producer_id.value);
  store(to + 51, header.producer_epoch.value);
  store(to + 53, header.base_sequence.value);
  store(to + 57, header.record_count);
}

buffer_slice encoded_header(const batch_header& header) {
  auto bytes = std::make_shared<std::array<std::byte, batch_header_size>>();
  write_batch_header(bytes->data(), header);
  const bytes_view view(*bytes);
  return {std::move(bytes), view};
}

namespace {

/// Of what the checksum covers of the header.
std::uint32_t header_crc(const batch_header& header) {
  std::array<std::byte, batch_header_size> bytes;
  write_batch_header(bytes.data(), header);
  return crc32c(bytes_view(bytes).subspan(attributes_at));
}

}  // namespace

std::uint32_t batch_crc(const batch_header& header, std::uint32_t body_crc, std::size_t body_size) {
  return crc32c_combine(header_crc(header), body_crc, body_size);
}

std::uint32_t batch_crc(const batch_header& header, const byte_chain& body, std::uint32_t body_crc) {
  // Combining takes some 2,500 instructions, about as many as the checksum of so many bytes.
  constexpr std::size_t cheaper_anew = std::size_t{16} << 10;
  return body.size() <= cheaper_anew ? crc32c(body, header_crc(header))
                                     : batch_crc(header, body_crc, body.size());
}

}  // namespace klamm::wire
