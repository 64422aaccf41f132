// Arbitrary bytes as the values of metadata records: all of the input as one, and as many of the lengths in front of each say.
// Whatever decodes is replayed, and the image that comes of it survives the way through a snapshot.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "broker/meta/image_builder.hpp"
#include "broker/meta/image_records.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void replay(image_builder& to, bytes_view value) {
  if (const auto record = decode_record(value))
    to.replay(*record, to.current().last_offset + 1, leader_epoch(1));
}

void survives_a_snapshot(const image& state) {
  const auto records = encode_image(state);
  image_builder again;
  for (const auto& record : records) {
    require(decode_record(record).has_value());
    replay(again, record);
  }
  require(encode_image(again.current()) == records);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bytes_view input(reinterpret_cast<const std::byte*>(data), size);
  image_builder all;
  replay(all, input);
  while (!input.empty()) {
    const auto length = std::min(std::to_integer<std::size_t>(input[0]), input.size() - 1);
    replay(all, input.subspan(1, length));
    input = input.subspan(1 + length);
  }
  survives_a_snapshot(all.current());
  return 0;
}
