#include "wire/batch_builder.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "wire/crc32c.hpp"
#include "wire/varint.hpp"
#include "wire/wrapping.hpp"

namespace klamm::wire {
namespace {

std::size_t encoded_size(const nullable_bytes& bytes) {
  if (!bytes) return 1;
  const auto size = bytes->size();
  return static_cast<std::size_t>(varint_size(static_cast<std::int64_t>(size))) + size;
}

std::size_t encoded_size(std::int64_t number) { return static_cast<std::size_t>(varint_size(number)); }

std::size_t encoded_size(std::span<const header_ref> headers) {
  auto size = encoded_size(static_cast<std::int64_t>(headers.size()));
  for (const auto& header : headers)
    size += encoded_size(as_bytes_view(header.key)) + encoded_size(header.value);
  return size;
}

// The number in a record's length field, from the size of the whole record, the length field included.
std::int32_t payload_of(std::size_t size) {
  const auto whole = static_cast<std::int32_t>(size);
  const auto prefix = varint_size(whole);
  return varint_size(whole - prefix) == prefix ? whole - prefix : whole - prefix + 1;
}

// Writes into memory that has room for all of the record.
struct direct_writer {
  std::byte* at;

  template <class T>
  void number(T v) {
    at = put_varint(at, v);
  }
  void zero() { *at++ = std::byte{0}; }
  void raw(bytes_view bytes) {
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
};

template <class Writer>
void write_nullable(Writer& to, const nullable_bytes& bytes) {
  if (!bytes) return to.number(std::int32_t{-1});
  to.number(static_cast<std::int32_t>(bytes->size()));
  to.raw(*bytes);
}

template <class Writer>
void write_record(Writer& to, std::int32_t payload, std::int64_t timestamp_delta, std::int32_t offset_delta,
                  const record_ref& record) {
  to.number(payload);
  to.zero();  // attributes
  to.number(timestamp_delta);
  to.number(offset_delta);
  write_nullable(to, record.key);
  write_nullable(to, record.value);
  to.number(static_cast<std::int32_t>(record.headers.size()));
  for (const auto& header : record.headers) {
    write_nullable(to, as_bytes_view(header.key));
    write_nullable(to, header.value);
  }
}

}  // namespace

// Writes across the ends of chunks.
class batch_builder::chunk_writer {
 public:
  explicit chunk_writer(batch_builder& builder) : builder_(builder) {}

  template <class T>
  void number(T v) {
    std::array<std::byte, max_varint_size<std::uint64_t>> bytes;
    const auto* end = put_varint(bytes.data(), v);
    raw({bytes.data(), end});
  }
  void zero() { number(std::int32_t{0}); }
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

std::size_t batch_builder::size_of(const record_ref& record) const {
  const auto timestamp_delta = distance(base_for(record).value, record.timestamp.value);
  const auto payload = 1 + encoded_size(timestamp_delta) + encoded_size(next_delta_) +
                       encoded_size(record.key) + encoded_size(record.value) + encoded_size(record.headers);
  return encoded_size(static_cast<std::int64_t>(payload)) + payload;
}

std::size_t batch_builder::next_chunk_size(std::size_t chunks) {
  constexpr std::size_t smallest = 1 << 10, steps = 3;
  return smallest << 2 * std::min(chunks, steps);
}

std::size_t batch_builder::growth_for(std::size_t size) const {
  auto room = static_cast<std::size_t>(end_ - at_);
  std::size_t growth = 0;
  for (auto chunks = chunks_.size(); room < size; ++chunks) {
    growth += next_chunk_size(chunks);
    room += next_chunk_size(chunks);
  }
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

void batch_builder::append(const record_ref& record, std::size_t size) {
  assert(size <= max_record_size);
  if (count_ == 0) {
    base_timestamp_ = base_for(record);
    max_timestamp_ = record.timestamp;
  }
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  const auto timestamp_delta = distance(base_timestamp_.value, record.timestamp.value);
  if (static_cast<std::size_t>(end_ - at_) >= size) {
    direct_writer to{at_};
    write_record(to, payload_of(size), timestamp_delta, next_delta_, record);
    assert(to.at == at_ + size);
    at_ = to.at;
  } else {
    chunk_writer to(*this);
    write_record(to, payload_of(size), timestamp_delta, next_delta_, record);
  }
  plain_size_ += size;
  ++count_;
  ++next_delta_;
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
