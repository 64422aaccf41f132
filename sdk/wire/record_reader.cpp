#include "wire/record_reader.hpp"

#include <fmt/format.h>

#include "wire/legacy_message.hpp"
#include "wire/record_parser.hpp"
#include "wire/wrapping.hpp"

namespace klamm::wire {
namespace {

error no_such_codec(const batch_view& batch) {
  return {error_code::unsupported_compression_type,
          fmt::format("the batch at offset {} of magic {} has the codec {}", batch.base_offset().value,
                      batch.magic(), batch.attributes().codec_number())};
}

bool has_codec(const batch_view& batch) {
  const auto attributes = batch.attributes();
  return attributes.known_codec() && !(batch.legacy() && attributes.codec() == codec::zstd);
}

}  // namespace

result<record_reader> record_reader::open(const batch_view& batch, compressor& contexts, std::size_t limit) {
  if (!has_codec(batch)) return no_such_codec(batch);
  record_reader reader;
  reader.header_ = batch.header();
  reader.left_ = batch.header().record_count;
  reader.legacy_ = batch.legacy();
  const auto codec = batch.attributes().codec();
  if (codec == codec::none) {
    reader.show(batch.legacy() ? batch.bytes() : batch.body());
  } else if (batch.legacy()) {
    if (auto opened = reader.open_wrapper(batch, contexts, limit); !opened) return opened.failure();
  } else {
    auto plain = contexts.decompress(codec, batch.body().view(), limit);
    if (!plain) return plain.failure();
    reader.show(*std::move(plain));
  }
  return reader;
}

void record_reader::show(buffer_slice records) {
  buffer_ = std::move(records);
  at_ = buffer_.data();
  end_ = at_ + buffer_.size();
}

result<void> record_reader::open_wrapper(const batch_view& batch, compressor& contexts, std::size_t limit) {
  const auto bytes = batch.bytes().view();
  legacy_message wrapper;
  if (!parse_legacy_message(bytes.data(), bytes.data() + bytes.size(), wrapper) || !wrapper.value)
    return error(error_code::invalid_record, "a compressed message does not hold what its lengths say");
  const auto header = batch.magic() == 0 ? lz4_header::checksum_ignored : lz4_header::checked;
  auto plain = contexts.decompress(batch.attributes().codec(), *wrapper.value, limit, header);
  if (!plain) return plain.failure();
  show(*std::move(plain));

  legacy_message last;
  left_ = 0;
  for (const auto* at = at_; at != end_; ++left_) {
    at = parse_legacy_message(at, end_, last);
    if (!at || last.magic != batch.magic() || last.attributes.codec_number() != 0)
      return error(error_code::invalid_record,
                   "a compressed message holds something else than plain messages like it");
  }
  // Old producers of magic 1 left absolute offsets inside, with a wrapper at 0: those stay.
  if (batch.magic() == 1)
    relative_ = std::max<std::int64_t>(0, distance(last.offset.value, wrapper.offset.value));
  return {};
}

record_reader::step record_reader::fail() {
  left_ = -1;
  return step::malformed;
}

record_reader::step record_reader::next_record(record_view& out) {
  if (left_ == 0 && at_ == end_) return step::end;
  if (left_ <= 0) return fail();
  parsed_record parsed;
  const auto* const next = parse_record(at_, end_, parsed);
  if (!next) return fail();
  at_ = next;
  --left_;
  out.offset = klamm::offset(moved(header_.base_offset.value, parsed.offset_delta));
  out.timestamp = header_.attributes.log_append_time()
                      ? header_.max_timestamp
                      : klamm::timestamp(moved(header_.base_timestamp.value, parsed.timestamp_delta));
  out.key = parsed.key;
  out.value = parsed.value;
  out.headers = parsed.headers;
  return step::record;
}

record_reader::step record_reader::next_legacy(record_view& out) {
  if (left_ == 0) return step::end;
  legacy_message message;
  const auto* const next = left_ > 0 ? parse_legacy_message(at_, end_, message) : nullptr;
  if (!next) return fail();
  at_ = next;
  --left_;
  out.offset = klamm::offset(moved(message.offset.value, relative_));
  out.timestamp = header_.attributes.log_append_time() ? header_.max_timestamp : message.timestamp;
  out.key = message.key;
  out.value = message.value;
  out.headers = {};
  return step::record;
}

}  // namespace klamm::wire
