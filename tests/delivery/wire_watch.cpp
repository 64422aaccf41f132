#include "tests/delivery/wire_watch.hpp"

#include "tests/delivery/ledger.hpp"
#include "wire/api_table.hpp"
#include "wire/batch_reader.hpp"
#include "wire/endian.hpp"
#include "wire/messages/request_header.hpp"
#include "wire/reader.hpp"
#include "wire/record_reader.hpp"

namespace klamm::delivery {

void wire_watch::look_at(bytes_view frame) {
  const auto key = static_cast<wire::api_key>(wire::load<std::int16_t>(frame.data()));
  if (key != wire::api_key::produce) return;
  const api_version version = wire::load<std::int16_t>(frame.data() + 2);
  const auto bytes = buffer_slice::copy(frame);
  wire::reader from(bytes);
  wire::request_header header;
  wire::produce_request request;
  decode(from, header, wire::find_api(key)->request_header_version(version));
  decode(from, request, version);
  damaged_ += !from.ok();
  for (const auto& topic : request.topic_data)
    for (const auto& partition : topic.partition_data) {
      ++batches_;
      damaged_ += !partition.records || !whole(partition.records->joined(), topic.topic_id);
    }
}

bool wire_watch::whole(const buffer_slice& records, uuid topic) {
  wire::batch_reader batches(records);
  wire::batch_view batch;
  if (batches.next(batch) != wire::batch_reader::step::batch || !batch.crc_valid()) return false;
  wire::compressor contexts;
  auto reader = wire::record_reader::open(batch, contexts, std::size_t{16} << 20);
  if (!reader) return false;
  wire::record_view record;
  auto step = reader->next(record);
  for (; step == wire::record_reader::step::record; step = reader->next(record)) {
    const auto value = as_text(*record.value);
    const auto& name = topics_.try_emplace(topic, value.substr(0, value.find(' '))).first->second;
    if (!ledger::number_in(name, value)) return false;
  }
  return step == wire::record_reader::step::end;
}

}  // namespace klamm::delivery
