#include "base/uuid.hpp"

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "base/entropy.hpp"

namespace klamm {

std::string to_string(const uuid& id) {
  return base64_encode(std::as_bytes(std::span(id.bytes)), base64_alphabet::url_unpadded);
}

std::optional<uuid> parse_uuid(std::string_view text) {
  const auto decoded = base64_decode(text, base64_alphabet::url_unpadded);
  if (!decoded || decoded->size() != sizeof(uuid::bytes)) return std::nullopt;
  uuid id;
  std::memcpy(id.bytes.data(), decoded->data(), id.bytes.size());
  return id;
}

uuid random_uuid(entropy_source& source) {
  constexpr std::uint8_t first_of_dash =
      0xf8;  // the first sextet 62 prints as '-', which command lines read as an option
  for (;;) {
    uuid id;
    source.fill(std::as_writable_bytes(std::span(id.bytes)));
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    if ((id.bytes[0] & 0xfc) != first_of_dash) return id;
  }
}

}  // namespace klamm
