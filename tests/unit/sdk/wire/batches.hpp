// Builds and reads batches in a line or two, for tests.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/crc32c.hpp"
#include "wire/record_reader.hpp"

namespace klamm::wire_test {

inline constexpr std::size_t no_limit = std::size_t{1} << 30;
inline constexpr wire::codec every_codec[]{wire::codec::none, wire::codec::gzip, wire::codec::snappy,
                                           wire::codec::lz4, wire::codec::zstd};

inline wire::record_ref record(std::string_view key, std::string_view value, std::int64_t at = 1000) {
  return {timestamp(at), as_bytes_view(key), as_bytes_view(value), {}};
}

inline wire::sealed_batch sealed(std::initializer_list<std::string_view> values,
                                 const wire::compression& how = {}) {
  wire::batch_builder builder;
  for (const auto value : values) builder.append(record("key", value));
  wire::compressor contexts;
  return builder.seal(how, contexts);
}

inline buffer_slice encoded(const wire::sealed_batch& batch, const wire::batch_stamp& stamp = {}) {
  return buffer_slice::own(wire::stamped(batch, stamp).flatten());
}

/// The same bytes with a change, and the CRC made right again.
template <class Change>
buffer_slice changed(const buffer_slice& batch, Change&& change) {
  std::vector<std::byte> bytes(batch.view().begin(), batch.view().end());
  auto header = wire::read_batch_header(bytes.data());
  change(header, bytes);
  header.crc = wire::batch_crc(header, wire::crc32c(bytes_view(bytes).subspan(wire::batch_header_size)),
                               bytes.size() - wire::batch_header_size);
  wire::write_batch_header(bytes.data(), header);
  return buffer_slice::own(std::move(bytes));
}

inline wire::batch_view only_batch(const buffer_slice& bytes) {
  wire::batch_reader reader(bytes);
  wire::batch_view batch;
  REQUIRE(reader.next(batch) == wire::batch_reader::step::batch);
  return batch;
}

/// The values of all records, "(null)" for a null one; null where the batch cannot be read to its end.
inline std::optional<std::vector<std::string>> values_of(const wire::batch_view& batch,
                                                         std::size_t limit = no_limit) {
  wire::compressor contexts;
  auto reader = wire::record_reader::open(batch, contexts, limit);
  if (!reader) return {};
  std::vector<std::string> values;
  for (wire::record_view r;;) {
    switch (reader->next(r)) {
      case wire::record_reader::step::record:
        values.emplace_back(r.value ? std::string(as_text(*r.value)) : "(null)");
        break;
      case wire::record_reader::step::end: return values;
      case wire::record_reader::step::malformed: return {};
    }
  }
}

using strings = std::vector<std::string>;

}  // namespace klamm::wire_test
