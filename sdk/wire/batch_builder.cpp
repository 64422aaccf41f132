#include "wire/batch_builder.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "wire/crc32c.hpp"
#include "wire/varint.hpp"
#include "wire/wrapping.hpp"

namespace klamm::wire {
namespace {

// A number that is not negative: zigzag makes it twice as large.
std::size_t size_of_count(std::size_t count) { return static_cast<std::size_t>(uvarint_size(count << 1)); }

std::size_t encoded_size(const nullable_bytes& bytes) {
  return bytes ? size_of_count(bytes->size()) + bytes->size() : 1;
}

std::size_t encoded_size(std::span<const header_ref> headers) {
  auto size = size_of_count(headers.size());
  for (const auto& header : headers)
    size += encoded_size(as_bytes_view(header.key)) + encoded_size(header.value);
  return size;
}

constexpr std::uint8_t null_length = zigzag(std::int32_t{-1});

// Writes into memory that has room for all of the record.
struct direct_writer {
  std::byte* at;

  template <std::unsigned_integral T>
  void coded(T v) {
    at = put_uvarint(at, v);
  }
  void byte(std::uint8_t v) { *at++ = std::byte{v}; }
  void raw(bytes_view bytes) {
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
};

template <class Writer>
inline void write_count(Writer& to, std::size_t count) {
  to.coded(static_cast<std::uint32_t>(count) << 1);
}

template <class Writer>
inline void write_nullable(Writer& to, const nullable_bytes& bytes) {
  if (!bytes) return to.byte(null_length);
  write_count(to, bytes->size());
  to.raw(*bytes);
}

template <class Writer>
void write_headers(Writer& to, std::span<const header_ref> headers) {
  for (const auto& header : headers) {
    write_nullable(to, as_bytes_view(header.key));
    write_nullable(to, header.value);
  }
}

template <class Writer>
inline void write_record(Writer& to, std::size_t length, std::int64_t timestamp_delta,
                         std::int32_t offset_delta, const record_ref& record) {
  write_count(to, length);
  to.byte(0);  // attributes
  to.coded(zigzag(timestamp_delta));
  write_count(to, static_cast<std::size_t>(offset_delta));
  write_nullable(to, record.key);
  write_nullable(to, record.value);
  write_count(to, record.headers.size());
  write_headers(to, record.headers);
}

}  // namespace

// Writes across the ends of chunks.
class batch_builder::chunk_writer {
 public:
  explicit chunk_writer(batch_builder& builder) : builder_(builder) {}

  template <std::unsigned_integral T>
  void coded(T v) {
    std::array<std::byte, max_varint_size<T>> bytes;
    const auto* end = put_uvarint(bytes.data(), v);
    raw({bytes.data(), end});
  }
  void byte(std::uint8_t v) {
    const std::byte one{v};
    raw({&one, 1});
  }
  void raw(bytes_view bytes) {
    while (!bytes.empty()) {
      if (builder_.at_ == builder_.end_) builder_.grow();
      const auto fits = std::min(bytes.size(), static_cast<std::size_t>(builder_.end_ - builder_.at_));
      std::memcpy(builder_.at_, bytes.data(), fits);
      builder_.at_ += fits;
      bytes = bytes.subspan(fits);
    }
  }

 private:
  batch_builder& builder_;
};

void compression_ratio::observe(std::size_t plain, std::size_t compressed) {
  assert(plain > 0);
  constexpr std::uint64_t whole = 1 << 16;
  const auto seen =
      std::min<std::uint64_t>(whole, static_cast<std::uint64_t>(compressed) * whole / plain + 1);
  parts_ = seen >= parts_ ? seen : parts_ - (parts_ - seen) / 8;
}

timestamp batch_builder::base_for(const record_ref& record) const {
  return count_ ? base_timestamp_ : fixed_base_.value_or(record.timestamp);
}

void batch_builder::skip_to(std::int32_t offset_delta) {
  assert(offset_delta >= next_delta_);
  next_delta_ = offset_delta;
}

record_length batch_builder::length_of(const record_ref& record) const {
  const auto timestamp_delta = distance(base_for(record).value, record.timestamp.value);
  const auto behind = 1 + static_cast<std::size_t>(varint_size(timestamp_delta)) +
                      size_of_count(static_cast<std::size_t>(next_delta_)) + encoded_size(record.key) +
                      encoded_size(record.value) + encoded_size(record.headers);
  return {size_of_count(behind) + behind, behind};
}

std::size_t batch_builder::next_chunk_size(std::size_t chunks) {
  constexpr std::size_t smallest = 1 << 10, steps = 3;
  return smallest << 2 * std::min(chunks, steps);
}

std::size_t batch_builder::growth_by_chunks(std::size_t size) const {
  std::size_t growth = 0;
  for (auto chunks = chunks_.size(); room() + growth < size; ++chunks) growth += next_chunk_size(chunks);
  return growth;
}

void batch_builder::grow() {
  const auto size = next_chunk_size(chunks_.size());
  auto bytes = source_ ? source_->take(size) : std::make_shared_for_overwrite<std::byte[]>(size);
  at_ = bytes.get();
  end_ = at_ + size;
  chunks_.push_back({std::move(bytes), size});
  allocated_ += size;
}

void batch_builder::append(const record_ref& record, const record_length& length) {
  assert(length.whole <= max_record_size);
  if (count_ == 0) {
    base_timestamp_ = base_for(record);
    max_timestamp_ = record.timestamp;
  }
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  const auto timestamp_delta = distance(base_timestamp_.value, record.timestamp.value);
  if (length.whole <= room()) {
    direct_writer to{at_};
    write_record(to, length.behind, timestamp_delta, next_delta_, record);
    assert(to.at == at_ + length.whole);
    at_ = to.at;
  } else {
    append_across(record, length, timestamp_delta);
  }
  plain_size_ += length.whole;
  ++count_;
  ++next_delta_;
}

void batch_builder::append_across(const record_ref& record, const record_length& length,
                                  std::int64_t timestamp_delta) {
  chunk_writer to(*this);
  write_record(to, length.behind, timestamp_delta, next_delta_, record);
}

sealed_batch batch_builder::seal(const compression& how, compressor& contexts) {
  assert(!empty());
  sealed_batch sealed{.body = {},
                      .record_count = count_,
                      .last_offset_delta = next_delta_ - 1,
                      .base_timestamp = base_timestamp_,
                      .max_timestamp = max_timestamp_,
                      .plain_size = plain_size_};
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const auto* from = chunks_[i].bytes.get();
    const auto used = i + 1 < chunks_.size() ? chunks_[i].size : static_cast<std::size_t>(at_ - from);
    sealed.body.append({std::move(chunks_[i].bytes), {from, used}});
  }
  if (how.codec != codec::none) {
    auto compressed = contexts.compress(how, sealed.body);
    if (compressed.size() < sealed.plain_size) {
      sealed.body = byte_chain(std::move(compressed));
      sealed.compressed_by = how.codec;
    }
  }
  sealed.body_crc = crc32c(sealed.body);
  *this = batch_builder(source_);
  return sealed;
}

}  // namespace klamm::wire
