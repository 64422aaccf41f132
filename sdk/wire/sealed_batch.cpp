#include "wire/sealed_batch.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "wire/batch_builder.hpp"
#include "wire/record_parser.hpp"
#include "wire/wrapping.hpp"

namespace klamm::wire {

batch_header header_of(const sealed_batch& batch, const batch_stamp& stamp) {
  batch_header h;
  h.base_offset = stamp.base_offset;
  h.length = static_cast<std::int32_t>(batch.encoded_size() - log_overhead);
  h.partition_leader_epoch = stamp.partition_leader_epoch;
  h.attributes = batch_attributes{}
                     .with(batch.compressed_by)
                     .with_transactional(stamp.transactional)
                     .with_control(stamp.control);
  h.last_offset_delta = batch.last_offset_delta;
  h.base_timestamp = batch.base_timestamp;
  h.max_timestamp = batch.max_timestamp;
  h.producer_id = stamp.producer_id;
  h.producer_epoch = stamp.producer_epoch;
  h.base_sequence = stamp.base_sequence;
  h.record_count = batch.record_count;
  h.crc = batch_crc(h, batch.body, batch.body_crc);
  return h;
}

byte_chain stamped(const sealed_batch& batch, const batch_stamp& stamp) {
  byte_chain all(encoded_header(header_of(batch, stamp)));
  all.append(batch.body);
  return all;
}

namespace {

// Takes records until their part of the batch is large enough; the last part takes all.
class splitter {
 public:
  splitter(std::size_t part_size, const compression& how, compressor& contexts)
      : part_size_(part_size), how_(how), contexts_(contexts) {}

  void add(const record_ref& record) {
    if (!builder_.empty() && builder_.plain_size() + builder_.length_of(record).whole > part_size_) seal();
    builder_.append(record);
  }
  std::vector<sealed_batch> finish() {
    if (!builder_.empty()) seal();
    return std::move(parts_);
  }

 private:
  void seal() { parts_.push_back(builder_.seal(how_, contexts_)); }

  std::size_t part_size_;
  const compression& how_;
  compressor& contexts_;
  batch_builder builder_;
  std::vector<sealed_batch> parts_;
};

// How many plain bytes leave a part at the target, and more than half of the batch in none but a part of one record.
std::size_t plain_part_size(const sealed_batch& batch, std::size_t target_bytes) {
  const auto room = target_bytes > batch_header_size ? target_bytes - batch_header_size : 0;
  const auto ratio = static_cast<double>(batch.plain_size) / static_cast<double>(batch.body.size());
  return std::min(static_cast<std::size_t>(static_cast<double>(room) * ratio), (batch.plain_size + 1) / 2);
}

}  // namespace

result<std::vector<sealed_batch>> split(const sealed_batch& batch, std::size_t target_bytes,
                                        const compression& how, compressor& contexts) {
  if (batch.record_count < 2)
    return error(error_code::message_too_large, "a batch of one record cannot be split");
  auto plain = buffer_slice::own(batch.body.flatten());
  if (batch.compressed_by != codec::none) {
    auto decompressed = contexts.decompress(batch.compressed_by, plain.view(), batch.plain_size);
    if (!decompressed) return decompressed.failure();
    plain = *std::move(decompressed);
  }
  splitter parts(plain_part_size(batch, target_bytes), how, contexts);
  std::vector<header_ref> headers;
  const auto* const end = plain.data() + plain.size();
  for (const auto* at = plain.data(); at != end;) {
    parsed_record parsed;
    at = parse_record(at, end, parsed);
    assert(at);  // our own builder wrote it
    headers.clear();
    std::ranges::copy(parsed.headers, std::back_inserter(headers));
    parts.add({timestamp(moved(batch.base_timestamp.value, parsed.timestamp_delta)), parsed.key, parsed.value,
               headers});
  }
  return parts.finish();
}

}  // namespace klamm::wire
