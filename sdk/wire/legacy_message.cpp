#include "wire/legacy_message.hpp"

#include <isa-l/crc.h>

#include "wire/endian.hpp"

namespace klamm::wire {
namespace {

constexpr std::size_t legacy_crc_at = 12;
constexpr std::size_t legacy_attributes_at = 17;
constexpr std::size_t legacy_timestamp_at = 18;

const std::byte* get_sized(const std::byte* from, const std::byte* end, nullable_bytes& out) {
  if (end - from < 4) return nullptr;
  const auto size = load<std::int32_t>(from);
  from += 4;
  if (size < -1 || size > end - from) return nullptr;
  if (size < 0) return out.reset(), from;
  out.emplace(from, static_cast<std::size_t>(size));
  return from + size;
}

}  // namespace

batch_header read_legacy_header(const std::byte* from) {
  batch_header h;
  h.base_offset = klamm::offset(load<std::int64_t>(from));
  h.length = load<std::int32_t>(from + 8);
  h.crc = load<std::uint32_t>(from + legacy_crc_at);
  h.magic = load<std::int8_t>(from + magic_at);
  h.attributes = {load<std::int8_t>(from + legacy_attributes_at)};
  if (h.magic == 1)
    h.base_timestamp = h.max_timestamp = timestamp(load<std::int64_t>(from + legacy_timestamp_at));
  h.record_count = 1;
  return h;
}

const std::byte* parse_legacy_message(const std::byte* from, const std::byte* end, legacy_message& out) {
  if (end - from <= static_cast<std::ptrdiff_t>(magic_at)) return nullptr;
  const auto length = load<std::int32_t>(from + 8);
  const auto magic = load<std::int8_t>(from + magic_at);
  if (magic < 0 || magic > 1 || length < least_message_length(magic)) return nullptr;
  if (length > end - from - static_cast<std::ptrdiff_t>(log_overhead)) return nullptr;
  end = from + log_overhead + length;
  const auto header = read_legacy_header(from);
  out.offset = header.base_offset;
  out.magic = magic;
  out.attributes = header.attributes;
  out.timestamp = header.max_timestamp;
  from = get_sized(from + (magic == 0 ? legacy_timestamp_at : legacy_timestamp_at + 8), end, out.key);
  if (from) from = get_sized(from, end, out.value);
  return from == end ? end : nullptr;
}

bool legacy_crc_valid(bytes_view message) {
  const auto* guarded = reinterpret_cast<const unsigned char*>(message.data() + magic_at);
  return crc32_gzip_refl(0, guarded, message.size() - magic_at) ==
         load<std::uint32_t>(message.data() + legacy_crc_at);
}

}  // namespace klamm::wire
