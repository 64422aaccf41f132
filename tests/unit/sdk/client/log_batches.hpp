// Batches as they lie in a log, for what reads them.
#pragma once

#include <initializer_list>
#include <vector>

#include "base/bytes.hpp"
#include "batches.hpp"
#include "wire/control_record.hpp"
#include "wire/endian.hpp"

namespace klamm::test {

inline std::vector<std::byte> batch_at(offset base, const wire::sealed_batch& batch,
                                       wire::batch_stamp stamp = {}) {
  stamp.base_offset = base;
  return wire::stamped(batch, stamp).flatten();
}
inline std::vector<std::byte> in_transaction(offset base, int records, producer_id by) {
  return batch_at(base, sealed(records),
                  {.producer_id = by,
                   .producer_epoch = producer_epoch(0),
                   .base_sequence = sequence(0),
                   .transactional = true});
}
inline std::vector<std::byte> marker(offset base, bool committed, producer_id by) {
  return batch_at(
      base, wire::make_transaction_marker({committed, 0}, timestamp(1)),
      {.producer_id = by, .producer_epoch = producer_epoch(0), .transactional = true, .control = true});
}
/// What compaction leaves of a batch none of whose records it keeps: the header, with the offsets that were there.
inline std::vector<std::byte> emptied(offset base, int records) {
  constexpr std::size_t length_at = 8, length_from = 12, record_count_at = 57;
  auto out = batch_at(base, sealed(records));
  out.resize(wire::batch_header_size);
  wire::store(out.data() + length_at, static_cast<std::int32_t>(wire::batch_header_size - length_from));
  wire::store(out.data() + record_count_at, std::int32_t{0});
  return out;
}

inline buffer_slice joined(std::initializer_list<std::vector<std::byte>> parts) {
  std::vector<std::byte> all;
  for (const auto& p : parts) all.insert(all.end(), p.begin(), p.end());
  return buffer_slice::own(std::move(all));
}

}  // namespace klamm::test
