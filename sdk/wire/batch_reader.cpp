#include "wire/batch_reader.hpp"

#include "wire/crc32c.hpp"
#include "wire/endian.hpp"
#include "wire/legacy_message.hpp"

namespace klamm::wire {
namespace {

constexpr std::int32_t least_length(std::int8_t magic) {
  return magic == 2 ? static_cast<std::int32_t>(batch_header_size - log_overhead)
                    : least_message_length(magic);
}

// Offsets that later arithmetic may rely on.
bool sane(const batch_header& h) {
  return h.base_offset.value >= 0 && h.last_offset_delta >= 0 &&
         h.base_offset.value < INT64_MAX - h.last_offset_delta;
}

}  // namespace

batch_view::batch_view(buffer_slice bytes) : bytes_(std::move(bytes)) {
  const auto* from = bytes_.data();
  header_ = load<std::int8_t>(from + magic_at) == 2 ? read_batch_header(from) : read_legacy_header(from);
}

bool batch_view::crc_valid() const {
  if (legacy()) return legacy_crc_valid(bytes_.view());
  return crc32c(bytes_.view().subspan(attributes_at)) == header_.crc;
}

batch_reader::step batch_reader::next(batch_view& out) {
  if (rest_.empty()) return step::end;
  if (rest_.size() <= magic_at) return step::partial;
  const auto length = load<std::int32_t>(rest_.data() + 8);
  const auto magic = load<std::int8_t>(rest_.data() + magic_at);
  if (magic < 0 || magic > 2 || length < least_length(magic)) return step::malformed;
  const auto size = log_overhead + static_cast<std::size_t>(length);
  if (size > rest_.size()) return step::partial;
  batch_view batch(rest_.part(0, size));
  if (!sane(batch.header())) return step::malformed;
  out = std::move(batch);
  rest_ = rest_.part(size, rest_.size() - size);
  return step::batch;
}

}  // namespace klamm::wire
