#include "broker/log/control_batch.hpp"

#include "wire/record_reader.hpp"

namespace klamm::broker::log {

std::optional<wire::transaction_marker> read_marker(const wire::batch_view& batch) {
  if (!batch.attributes().control() || batch.attributes().codec_number() != 0) return std::nullopt;
  wire::compressor unused;  // brokers do not compress control batches
  auto records = wire::record_reader::open(batch, unused, 0);
  if (!records) return std::nullopt;
  wire::record_view record;
  if (records->next(record) != wire::record_reader::step::record) return std::nullopt;
  return wire::read_transaction_marker(record);
}

}  // namespace klamm::broker::log
