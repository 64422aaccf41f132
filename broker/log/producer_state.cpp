#include "broker/log/producer_state.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::broker::log {
namespace {

error out_of_order(const wire::batch_header& batch, sequence expected) {
  return error(
      error_code::out_of_order_sequence_number,
      fmt::format("producer {} (epoch {}) sent sequence {} where {} is next", batch.producer_id.value,
                  batch.producer_epoch.value, batch.base_sequence.value, expected.value));
}

error old_epoch(const wire::batch_header& batch, producer_epoch current) {
  return error(error_code::invalid_producer_epoch,
               fmt::format("producer {} wrote with epoch {}, its epoch is {}", batch.producer_id.value,
                           batch.producer_epoch.value, current.value));
}

}  // namespace

sequence producer_state::written_batch::first() const { return advance(last, -offset_delta); }

void producer_state::producer::remember(const written_batch& batch) {
  batches[next] = batch;
  next = static_cast<std::uint8_t>((next + 1) % batches.size());
  count = static_cast<std::uint8_t>(std::min<std::size_t>(count + 1U, batches.size()));
}

const producer_state::written_batch* producer_state::producer::newest() const {
  return count == 0 ? nullptr : &batches[(next + batches.size() - 1) % batches.size()];
}

const producer_state::written_batch& producer_state::producer::known(std::size_t i) const {
  return batches[(next + batches.size() - count + i) % batches.size()];
}

void producer_state::producer::enter_epoch(producer_epoch to) {
  if (epoch == to) return;
  epoch = to;
  count = next = 0;
}

result<std::optional<append_info>> producer_state::check(
    const wire::batch_header& batch, append_origin origin,
    const std::optional<wire::transaction_marker>& marker) const {
  if (batch.producer_id.value < 0 || origin == append_origin::quorum) return std::optional<append_info>();
  const auto found = producers_.find(batch.producer_id);
  if (found == producers_.end()) return std::optional<append_info>();
  const auto& known = found->second;
  if (batch.producer_epoch < known.epoch) return old_epoch(batch, known.epoch);
  if (batch.attributes.control()) {
    if (marker && marker->coordinator_epoch < known.coordinator_epoch)
      return error(error_code::transaction_coordinator_fenced,
                   fmt::format("a marker of coordinator epoch {} came after one of epoch {}",
                               marker->coordinator_epoch, known.coordinator_epoch));
    return std::optional<append_info>();
  }
  if (known.transaction_start.value >= 0 && !batch.attributes.transactional())
    return error(
        error_code::invalid_txn_state,
        fmt::format("producer {} has a transaction open and wrote outside it", batch.producer_id.value));
  return check_sequence(known, batch);
}

result<std::optional<append_info>> producer_state::check_sequence(const producer& known,
                                                                  const wire::batch_header& batch) const {
  if (batch.base_sequence.value < 0) return std::optional<append_info>();
  if (batch.producer_epoch != known.epoch) {
    if (batch.base_sequence.value != 0) return out_of_order(batch, sequence(0));
    return std::optional<append_info>();
  }
  for (std::size_t i = 0; i < known.count; ++i) {
    const auto& earlier = known.batches[i];
    if (earlier.last == batch.last_sequence() && earlier.first() == batch.base_sequence)
      return std::optional(
          append_info{earlier.last_offset - earlier.offset_delta, earlier.last_offset, true});
  }
  const auto* newest = known.newest();
  const auto expected = newest != nullptr ? advance(newest->last, 1) : sequence(0);
  if (batch.base_sequence != expected) return out_of_order(batch, expected);
  return std::optional<append_info>();
}

std::optional<aborted_transaction> producer_state::apply(
    const wire::batch_header& batch, const std::optional<wire::transaction_marker>& marker, timestamp seen) {
  if (batch.producer_id.value < 0) return std::nullopt;
  auto& known = producers_[batch.producer_id];
  known.enter_epoch(batch.producer_epoch);
  known.last_timestamp = std::max(batch.max_timestamp, seen);
  if (!batch.attributes.control()) {
    if (batch.base_sequence.value >= 0)
      known.remember({batch.last_sequence(), batch.last_offset(), batch.last_offset_delta});
    if (batch.attributes.transactional() && known.transaction_start.value < 0) {
      known.transaction_start = batch.base_offset;
      open_.emplace(batch.base_offset, batch.producer_id);
    }
    return std::nullopt;
  }
  if (!marker) return std::nullopt;
  known.coordinator_epoch = marker->coordinator_epoch;
  if (known.transaction_start.value < 0) return std::nullopt;
  const auto start = known.transaction_start;
  known.transaction_start = offset();
  open_.erase(start);
  unreplicated_.emplace(start, batch.last_offset());
  if (marker->committed) return std::nullopt;
  // The stable offset as this transaction alone leaves it: others that are decided too, but not replicated, count not.
  const auto stable = open_.empty() ? batch.next_offset() : open_.begin()->first;
  return aborted_transaction{batch.producer_id, start, batch.last_offset(), stable};
}

std::optional<offset> producer_state::first_undecided() const {
  if (open_.empty() && unreplicated_.empty()) return std::nullopt;
  if (open_.empty()) return unreplicated_.begin()->first;
  if (unreplicated_.empty()) return open_.begin()->first;
  return std::min(open_.begin()->first, unreplicated_.begin()->first);
}

void producer_state::set_high_watermark(offset to) {
  std::erase_if(unreplicated_, [&](const auto& decided) { return decided.second < to; });
}

bool producer_state::in_transaction(producer_id id) const {
  const auto found = producers_.find(id);
  return found != producers_.end() && found->second.transaction_start.value >= 0;
}

void producer_state::expire(timestamp now, millis after) {
  std::erase_if(producers_, [&](const auto& entry) {
    const auto& known = entry.second;
    return known.transaction_start.value < 0 && now - known.last_timestamp >= after.count();
  });
}

void producer_state::clear() {
  producers_.clear();
  open_.clear();
  unreplicated_.clear();
}

std::vector<producer_snapshot_entry> producer_state::snapshot() const {
  std::vector<producer_snapshot_entry> out;
  out.reserve(producers_.size());
  for (const auto& [id, known] : producers_) {
    producer_snapshot_entry entry{.producer_id = id,
                                  .epoch = known.epoch,
                                  .last_sequence = sequence().value,
                                  .last_offset = offset(),
                                  .offset_delta = 0,
                                  .timestamp = known.last_timestamp,
                                  .coordinator_epoch = known.coordinator_epoch,
                                  .current_txn_first_offset = known.transaction_start};
    if (known.count == 0) out.push_back(entry);
    for (std::size_t i = 0; i < known.count; ++i) {
      const auto& batch = known.known(i);
      entry.last_sequence = batch.last.value;
      entry.last_offset = batch.last_offset;
      entry.offset_delta = batch.offset_delta;
      out.push_back(entry);
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.producer_id < b.producer_id; });
  return out;
}

void producer_state::restore(const std::vector<producer_snapshot_entry>& entries, timestamp now,
                             millis expiration) {
  clear();
  for (const auto& entry : entries) {
    auto& known = producers_[entry.producer_id];
    known.enter_epoch(entry.epoch);
    known.last_timestamp = entry.timestamp;
    known.coordinator_epoch = entry.coordinator_epoch;
    known.transaction_start = entry.current_txn_first_offset;
    if (entry.last_sequence >= 0)
      known.remember({sequence(entry.last_sequence), entry.last_offset, entry.offset_delta});
    if (entry.current_txn_first_offset.value >= 0)
      open_.emplace(entry.current_txn_first_offset, entry.producer_id);
  }
  expire(now, expiration);
}

}  // namespace klamm::broker::log
