// The application threads' side.
#include "handoff/accumulator.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace klamm::handoff {

accumulator::accumulator(accumulator_options options, accumulator_host& host, fault_injector* faults)
    : options_(options),
      host_(host),
      faults_(faults),
      pool_(std::make_shared<chunk_pool>(options.buffer_memory, [this] { wake(); }, faults)) {}

accumulator::~accumulator() { shut(error(error_code::closed, "the producer is closed")); }

partition_queue& accumulator::queue(client::partition_slot slot) const {
  return partitions_[static_cast<std::size_t>(slot.value)];
}

client::partition_slot accumulator::slot_of(const topic_partition& at) {
  const std::lock_guard lock(registry_mutex_);
  const auto known = registry_.find(at);
  if (known != registry_.end()) return known->second;
  const client::partition_slot slot(static_cast<std::int32_t>(partitions_.size()));
  auto partition = std::make_unique<partition_queue>(at, slot);
  partition->shut = shut_;
  partitions_.add(std::move(partition));
  registry_.emplace(at, slot);
  return slot;
}

bool accumulator::fits(const partition_queue& partition, std::size_t plain) const {
  return wire::batch_header_size + partition.ratio.of(plain) <=
         std::min(options_.batch_size, partition.largest);
}

accumulator::plan accumulator::plan_for(partition_queue& partition, const wire::record_ref& record) const {
  // However well it compresses, a batch must not hold memory without end.
  const auto most_plain = 16 * options_.batch_size;
  if (auto* open = partition.open()) {
    const auto length = open->builder.length_of(record);
    const auto plain = open->builder.plain_size() + length.whole;
    if (fits(partition, plain) && plain <= most_plain)
      return {open, length, open->builder.growth_for(length.whole)};
  }
  return plan_to_open(record);
}

accumulator::plan accumulator::plan_to_open(const wire::record_ref& record) {
  const wire::batch_builder empty;
  const auto length = empty.length_of(record);
  return {nullptr, length, empty.growth_for(length.whole)};
}

result<accumulator::plan> accumulator::reserve(plan plan, partition_queue& partition,
                                               std::unique_lock<std::mutex>& lock,
                                               const wire::record_ref& record, opening_time clock,
                                               admission how, duration patience) {
  auto& budget = pool_->budget();
  std::size_t reserved = 0;
  std::optional<time_point> until;
  const auto refuse = [&](const error& why) {
    budget.give_back(reserved);
    return why;
  };
  for (;; plan = plan_for(partition, record)) {
    if (partition.shut) return refuse(*partition.shut);
    if (too_large(plan))
      return refuse({error_code::message_too_large,
                     fmt::format("a record of {} bytes is larger than max_request_size, {} bytes",
                                 plan.length.whole, options_.max_request_size)});
    if (plan.growth <= reserved) {
      budget.give_back(reserved - plan.growth);
      return plan;
    }
    const auto missing = plan.growth - reserved;
    if (!budget.try_take(missing)) {
      if (how == admission::refuse)
        return refuse(
            {error_code::buffer_full, fmt::format("buffer_memory, {} bytes, is used up", budget.limit())});
      if (how == admission::overdraw) {
        budget.overdraw(missing);
      } else {
        budget.give_back(reserved);
        lock.unlock();
        const auto now = clock.get();
        if (!until) until = after(now, patience);
        const auto left = *until == never ? duration::max() : std::max(*until - now, duration::zero());
        if (auto taken = budget.take(plan.growth, left); !taken) return taken.failure();
        lock.lock();
      }
    }
    reserved = plan.growth;
  }
}

result<delivery> accumulator::append(client::partition_slot slot, const wire::record_ref& record,
                                     opening_time now, admission how, duration patience,
                                     record_callback&& done) {
  auto& partition = queue(slot);
  pending_ptr full_before, full_now;
  bool wakes = false;
  delivery out;
  {
    std::unique_lock lock(partition.mutex);
    auto plan = plan_for(partition, record);
    if (!granted(partition, plan)) {
      const auto reserved = reserve(plan, partition, lock, record, now, how, patience);
      if (!reserved) return reserved.failure();
      plan = *reserved;
    }
    if (!plan.into) {
      if (auto* open = partition.open()) {
        open->close();
        full_before = partition.batches.back();
      }
      wakes = open_batch(partition, now);
      plan.into = partition.open();
    }
    auto& batch = *plan.into;
    batch.builder.append(record, plan.length);
    out = {state_share::adopt(batch.state), batch.state->hand_out(record.timestamp, std::move(done))};
    ++partition.taken;
    // Another one like this would not fit: it need not wait for it.
    if (!fits(partition, batch.builder.plain_size() + plan.length.whole)) {
      batch.close();
      full_now = partition.batches.back();
    }
  }
  if (full_before && seal(full_before)) announce({&slot, 1});
  if (full_now && seal(full_now)) announce({&slot, 1});
  if (wakes) wake();
  return out;
}

bool accumulator::open_batch(partition_queue& partition, opening_time now) {
  auto* const state = new batch_state(partition.at, partition.slot, host_.weak_from_this());
  auto batch = std::make_shared<pending_batch>(pool_.get(), state, partition.slot);
  partition.push(batch);
  const auto asked = now.get();
  const std::lock_guard lock(schedule_.mutex);
  batch->opened = schedule_.last_opened = std::max(asked, schedule_.last_opened);
  batch->serial = progress_.opened();
  state->set_serial(batch->serial);
  const auto due = after(batch->opened, options_.linger);
  schedule_.opened.push_back(std::move(batch));
  return due < schedule_.sleeping_until;
}

bool accumulator::seal(const pending_ptr& batch) {
  fires(faults_, "handoff.hold_seal");
  auto sealed = [&] {
    const auto contexts = compressors_.borrow();
    return batch->builder.seal(options_.compression, *contexts);
  }();
  if (sealed.compressed_by != wire::codec::none) sealed.body = pool_->charged(sealed.body);
  auto& partition = queue(batch->slot);
  const std::lock_guard lock(partition.mutex);
  if (batch->at == stage::gone) return false;
  if (options_.compression.codec != wire::codec::none)
    partition.ratio.observe(sealed.plain_size, sealed.body.size());
  batch->sealed = std::move(sealed);
  batch->at = stage::ready;
  return partition.front_ready();
}

void accumulator::announce(std::span<const client::partition_slot> slots) {
  {
    const std::lock_guard lock(schedule_.mutex);
    schedule_.ready.insert(schedule_.ready.end(), slots.begin(), slots.end());
  }
  wake();
}

void accumulator::wake() {
  {
    const std::lock_guard lock(schedule_.mutex);
    schedule_.again = true;
    if (std::exchange(schedule_.woken, true)) return;
  }
  host_.wake();
}

void accumulator::end_linger(std::uint64_t serial) {
  {
    const std::lock_guard lock(schedule_.mutex);
    if (schedule_.flush_to >= serial) return;
    schedule_.flush_to = serial;
  }
  wake();
}

std::uint64_t accumulator::flush() {
  const auto last = progress_.last();
  end_linger(last);
  return last;
}

flush_report accumulator::flush_and_wait(duration patience) {
  const bool all = progress_.wait(flush(), patience);
  auto report = progress_.report();
  if (!all) report.unresolved = unresolved();
  return report;
}

std::size_t accumulator::unresolved() const {
  const auto now = load();
  return static_cast<std::size_t>(now.taken - now.resolved);
}

client::source_load accumulator::load() const {
  client::source_load out;
  // Read first, so that what is resolved meanwhile is counted rather than missed.
  out.resolved = progress_.resolved_records();
  out.failed = progress_.failed_records();
  const auto& budget = pool_->budget();
  out.memory_used = budget.used();
  out.memory_limit = budget.limit();
  out.waiting_senders = static_cast<std::size_t>(budget.waiting());
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    auto& waiting = out.partitions.emplace_back();
    const std::lock_guard lock(partitions_[i].mutex);
    out.taken += partitions_[i].taken;
    for (const auto& batch : partitions_[i].batches) {
      waiting.records += batch->state->record_count();
      waiting.bytes += batch->bytes();
    }
  }
  return out;
}

}  // namespace klamm::handoff
