// Arbitrary bytes as the records of a Fetch response and of a Produce request: every batch and record is read, nothing
// crashes, and what the broker's checks take reads in full, with every codec, after every recompression.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"
#include "wire/crc32c.hpp"
#include "wire/produced_batch.hpp"
#include "wire/record_reader.hpp"

using namespace klamm;
using namespace klamm::wire;

namespace {

constexpr std::size_t limit = std::size_t{1} << 20;

void require(bool holds) {
  if (!holds) std::abort();
}

// Gives the number of records, or -1.
int walk(const batch_view& batch, compressor& contexts) {
  auto reader = record_reader::open(batch, contexts, limit);
  if (!reader) return -1;
  int count = 0;
  std::size_t bytes = 0;
  for (record_view record;; ++count) {
    const auto step = reader->next(record);
    if (step != record_reader::step::record) return step == record_reader::step::end ? count : -1;
    for (const auto& header : record.headers)
      bytes += header.key.size() + (header.value ? header.value->size() : 0);
    bytes += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    require(bytes <= limit + batch.bytes().size());
    read_transaction_marker(record);
  }
}

void fetched(const buffer_slice& bytes, compressor& contexts) {
  batch_reader reader(bytes);
  batch_view batch;
  while (reader.next(batch) == batch_reader::step::batch) {
    batch.crc_valid();
    walk(batch, contexts);
  }
  require(reader.next(batch) != batch_reader::step::batch);
}

// The CRC would keep nearly everything out, so it is made right first.
buffer_slice with_crc(bytes_view bytes) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  if (copy.size() >= batch_header_size) {
    auto header = read_batch_header(copy.data());
    header.length = static_cast<std::int32_t>(copy.size() - log_overhead);
    header.crc = crc32c(bytes_view(copy).subspan(attributes_at));
    write_batch_header(copy.data(), header);
  }
  return buffer_slice::own(std::move(copy));
}

void produced(const buffer_slice& bytes, compressor& contexts) {
  auto batch = validate_produced(bytes, {.max_plain_size = limit}, contexts);
  if (!batch) return;
  const auto count = batch->header().record_count;
  for (const auto to : {codec::lz4, codec::none, codec::zstd, codec::snappy, codec::gzip}) {
    require(batch->recompress({to, {}}, contexts, limit).has_value());
    batch->assign(klamm::offset(1000), leader_epoch(1), {});
    const batch_view again(buffer_slice::own(batch->bytes().flatten()));
    require(again.crc_valid() && walk(again, contexts) == count);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  compressor contexts;
  const bytes_view bytes(reinterpret_cast<const std::byte*>(data), size);
  fetched(buffer_slice::copy(bytes), contexts);
  produced(with_crc(bytes), contexts);
  return 0;
}
