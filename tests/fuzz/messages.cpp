// Arbitrary bytes as a message of any type and version: the first two bytes of the input choose the type, the third
// the version. What decodes must encode, to something that decodes to an equal message; nothing crashes, and nothing is
// allocated that the bytes do not pay for.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "wire/json/catalog.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

using namespace klamm;
using namespace klamm::wire;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Tags that Kafka's reader takes, and its writer refuses: repeated or falling ones.
bool writable(const any_message& message, api_version version, std::vector<std::byte>& bytes) {
  writer to;
  message.encode_to(to, version);
  if (!to.ok()) return false;
  bytes = to.finish().flatten();
  return true;
}

void check(const message_type& type, api_version version, bytes_view input) {
  const auto message = type.make();
  reader from(input);
  message->decode_from(from, version);
  require(from.position() <= input.size());
  std::vector<std::byte> bytes;
  if (!from.ok() || !writable(*message, version, bytes)) return;
  const auto again = type.make();
  reader second(bytes);
  again->decode_from(second, version);
  require(second.ok() && second.left() == 0);
  std::vector<std::byte> repeated;
  require(writable(*again, version, repeated) && repeated == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto all = catalog();
  const auto& type = *all[(data[0] << 8 | data[1]) % all.size()];
  const auto versions = type.versions.max - type.versions.min + 1;
  const auto version = static_cast<api_version>(type.versions.min + data[2] % versions);
  check(type, version, {reinterpret_cast<const std::byte*>(data) + 3, size - 3});
  return 0;
}
