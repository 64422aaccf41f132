#include "client/fetched_records.hpp"

#include <algorithm>
#include <set>

#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"
#include "wire/record_reader.hpp"

namespace klamm::client {
namespace {

constexpr std::size_t control_limit = 4096;  // a control batch is one short record

bool is_abort_marker(const wire::batch_view& batch) {
  wire::compressor contexts;
  auto records = wire::record_reader::open(batch, contexts, control_limit);
  wire::record_view record;
  return records && records->next(record) == wire::record_reader::step::record &&
         wire::read_control_type(record.key) == wire::control_type::abort;
}

/// Whose transactions are being passed over, as the batches go by.
class aborted_now {
 public:
  explicit aborted_now(std::vector<aborted_transaction> all) : all_(std::move(all)) {
    std::ranges::sort(all_, {}, &aborted_transaction::first);
  }

  bool hides(const wire::batch_view& batch) {
    for (; next_ < all_.size() && all_[next_].first <= batch.last_offset(); ++next_)
      producers_.insert(all_[next_].producer);
    const auto producer = batch.header().producer_id;
    if (batch.attributes().control()) {
      if (producers_.contains(producer) && is_abort_marker(batch)) producers_.erase(producer);
      return true;
    }
    return batch.attributes().transactional() && producers_.contains(producer);
  }

 private:
  std::vector<aborted_transaction> all_;
  std::size_t next_ = 0;
  std::set<producer_id> producers_;
};

/// Its records at `position` and beyond: what lies before it in the first batch is for nobody. Exact but for a log that was compacted.
std::size_t records_from(const wire::batch_view& batch, offset position) {
  const std::int64_t left = batch.last_offset() - position + 1;
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(batch.header().record_count, 0, left));  // no checksum was looked at yet
}

}  // namespace

fetched_records select_batches(buffer_slice records, offset position,
                               std::vector<aborted_transaction> aborted) {
  fetched_records out{{}, position, {}, error_code::none};
  aborted_now hidden(std::move(aborted));
  const bool any = !records.empty();
  wire::batch_reader batches(std::move(records));
  wire::batch_view batch;
  bool whole = false;
  auto step = wire::batch_reader::step::end;
  while ((step = batches.next(batch)) == wire::batch_reader::step::batch) {
    whole = true;
    const bool hide = hidden.hides(batch);
    if (batch.last_offset() < position) continue;
    out.next = std::max(out.next, batch.next_offset());
    out.last_epoch = batch.legacy() ? leader_epoch{} : batch.header().partition_leader_epoch;
    const bool emptied = !batch.legacy() && batch.header().record_count == 0;
    if (hide || emptied) continue;
    out.batches.push_back(batch.bytes());
    out.count += records_from(batch, position);
    out.bytes += batch.bytes().size();
  }
  if (step == wire::batch_reader::step::malformed || (any && !whole))
    out.damage = error_code::corrupt_message;
  return out;
}

}  // namespace klamm::client
