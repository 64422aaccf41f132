#include "wire/produced_batch.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "wire/crc32c.hpp"
#include "wire/endian.hpp"
#include "wire/record_reader.hpp"

namespace klamm::wire {
namespace {

error invalid(std::string why) { return {error_code::invalid_record, std::move(why)}; }

// One whole batch of magic 2 and nothing else, and not too large.
result<void> check_frame(bytes_view bytes, const produce_rules& rules) {
  constexpr std::int32_t least_of_any_magic = 14, least = batch_header_size - log_overhead;
  if (bytes.size() <= magic_at) return invalid("there is no batch");
  const auto length = load<std::int32_t>(bytes.data() + 8);
  const auto magic = load<std::int8_t>(bytes.data() + magic_at);
  if (magic < 0 || magic > 2)
    return error(error_code::corrupt_message, fmt::format("the batch has magic {}", magic));
  if (length < (magic == 2 ? least : least_of_any_magic))
    return error(error_code::corrupt_message, fmt::format("the batch says that {} bytes follow", length));
  const auto size = log_overhead + static_cast<std::size_t>(length);
  if (size > bytes.size()) return invalid(fmt::format("the batch has {} bytes of {}", bytes.size(), size));
  if (magic < 2)
    return invalid(fmt::format("the message has magic {}, which only older requests may hold", magic));
  if (size < bytes.size()) return invalid("more follows the batch");
  if (size > rules.max_batch_size)
    return error(
        error_code::message_too_large,
        fmt::format("{} bytes, the topic allows {} (max.message.bytes)", size, rules.max_batch_size));
  return {};
}

result<void> check_header(const batch_header& h, const produce_rules& rules) {
  if (h.base_offset.value != 0)
    return invalid(fmt::format("the base offset is {}, not 0", h.base_offset.value));
  if (h.attributes.control()) return invalid("control batches are the brokers' own");
  if (h.producer_id.value >= 0 && (h.producer_epoch.value < 0 || h.base_sequence.value < 0))
    return invalid(fmt::format("producer {} has epoch {} and sequence {}", h.producer_id.value,
                               h.producer_epoch.value, h.base_sequence.value));
  if (h.record_count <= 0 || h.last_offset_delta != h.record_count - 1)
    return invalid(fmt::format("{} records end at offset delta {}", h.record_count, h.last_offset_delta));
  if (h.attributes.log_append_time())
    return error(error_code::invalid_timestamp, "LogAppendTime is the broker's to set");
  if (!h.attributes.known_codec() || (h.attributes.codec() == codec::zstd && !rules.zstd_allowed))
    return error(error_code::unsupported_compression_type,
                 fmt::format("codec {} is not allowed here", h.attributes.codec_number()));
  return {};
}

bool in_range(timestamp at, const produce_rules& rules) {
  return rules.log_append_time || at.value < 0 || (rules.earliest <= at && at <= rules.latest);
}

// Walks the records. Gives the greatest timestamp.
result<timestamp> check_records(const batch_view& batch, const produce_rules& rules, compressor& contexts) {
  auto reader = record_reader::open(batch, contexts, rules.max_plain_size);
  if (!reader) return reader.failure();
  timestamp greatest;
  klamm::offset expected{0};
  for (record_view record;; ++expected) {
    const auto step = reader->next(record);
    if (step == record_reader::step::end) return greatest;
    const auto at = expected.value;
    if (step == record_reader::step::malformed)
      return invalid(
          fmt::format("record {} of {} is not what its lengths say", at, batch.header().record_count));
    if (record.offset != expected)
      return invalid(fmt::format("record {} has offset delta {}", at, record.offset.value));
    if (rules.keys_needed && !record.key)
      return invalid(fmt::format("record {} has no key, which a compacted topic needs", at));
    if (!in_range(record.timestamp, rules))
      return error(error_code::invalid_timestamp,
                   fmt::format("the timestamp {} of record {} lies outside of {} to {}",
                               record.timestamp.value, at, rules.earliest.value, rules.latest.value));
    greatest = std::max(greatest, record.timestamp);
  }
}

}  // namespace

result<produced_batch> validate_produced(const buffer_slice& records, const produce_rules& rules,
                                         compressor& contexts) {
  if (auto ok = check_frame(records.view(), rules); !ok) return ok.failure();
  const batch_view view(records);
  produced_batch batch;
  batch.header_ = view.header();
  batch.body_ = view.body();
  batch.body_crc_ = crc32c(batch.body_.view());
  if (batch_crc(batch.header_, batch.body_crc_, batch.body_.size()) != batch.header_.crc)
    return error(error_code::corrupt_message, "the CRC is wrong");
  if (auto ok = check_header(batch.header_, rules); !ok) return ok.failure();
  const auto greatest = check_records(view, rules, contexts);
  if (!greatest) return greatest.failure();
  if (batch.header_.max_timestamp != *greatest) {
    batch.header_.max_timestamp = *greatest;
    batch.renew_crc();
  }
  return batch;
}

void produced_batch::renew_crc() {
  header_.crc = batch_crc(header_, body_crc_, body_.size());
  changed_ = true;
}

void produced_batch::assign(klamm::offset base_offset, leader_epoch epoch,
                            std::optional<timestamp> append_time) {
  header_.base_offset = base_offset;
  header_.partition_leader_epoch = epoch;
  changed_ = true;
  if (!append_time) return;
  header_.attributes = header_.attributes.with_log_append_time(true);
  header_.max_timestamp = *append_time;
  renew_crc();
}

result<void> produced_batch::recompress(const compression& how, compressor& contexts,
                                        std::size_t max_plain_size) {
  const auto from = header_.attributes.codec();
  if (how.codec == from) return {};
  auto body = body_;
  if (from != codec::none) {
    auto plain = contexts.decompress(from, body_.view(), max_plain_size);
    if (!plain) return plain.failure();
    body = *std::move(plain);
  }
  if (how.codec != codec::none) body = contexts.compress(how, byte_chain(std::move(body)));
  body_ = std::move(body);
  body_crc_ = crc32c(body_.view());
  header_.attributes = header_.attributes.with(how.codec);
  header_.length = static_cast<std::int32_t>(batch_header_size - log_overhead + body_.size());
  renew_crc();
  return {};
}

byte_chain produced_batch::bytes() const {
  byte_chain all(encoded_header(header_));
  all.append(body_);
  return all;
}

void assign_in_place(std::byte* batch, klamm::offset base_offset, leader_epoch epoch) {
  store(batch, base_offset.value);
  store(batch + leader_epoch_at, epoch.value);
}

}  // namespace klamm::wire
