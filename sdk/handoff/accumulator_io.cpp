// The I/O thread's side.
#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "handoff/accumulator.hpp"

namespace klamm::handoff {

/// A batch, or a part of one that was split, in the sender's hands.
class accumulator::drained final : public client::drained_batch {
 public:
  drained(accumulator& source, batch_state& state, wire::sealed_batch sealed, time_point opened,
          std::uint32_t first)
      : source_(source), state_(&state), sealed_(std::move(sealed)), opened_(opened), first_(first) {}
  ~drained() override {
    if (state_) failed(error(error_code::closed, "the producer was closed before the broker answered"));
  }

  const wire::sealed_batch& sealed() const override { return sealed_; }
  time_point opened() const override { return opened_; }

  void acknowledged(klamm::offset base, timestamp log_append_time) override {
    auto& state = take_state();
    if (state.resolve(first_, count(), base, log_append_time)) source_.finish(state);
  }
  void failed(const error& why) override {
    auto& state = take_state();
    if (state.resolve(first_, count(), why)) source_.finish(state);
  }
  result<std::vector<client::batch_ptr>> split(std::size_t target_bytes) override;

 private:
  std::uint32_t count() const { return static_cast<std::uint32_t>(sealed_.record_count); }
  // Resolved exactly once: who resolves has the state no longer, and this object no bytes.
  batch_state& take_state() {
    assert(state_);
    source_.pool_->resolved(sealed_.body);
    return *std::exchange(state_, nullptr);
  }

  accumulator& source_;
  batch_state* state_;
  wire::sealed_batch sealed_;
  time_point opened_;
  std::uint32_t first_;
};

result<std::vector<client::batch_ptr>> accumulator::drained::split(std::size_t target_bytes) {
  {
    // It came out larger than was estimated, or than the topic allows: batches to come are not to go the same way.
    auto& partition = source_.queue(state_->slot());
    const std::lock_guard lock(partition.mutex);
    if (sealed_.compressed_by != wire::codec::none)
      partition.ratio.observe(sealed_.plain_size, sealed_.body.size());
    target_bytes = partition.largest = std::min(partition.largest, target_bytes);
  }
  auto parts = [&] {
    const auto contexts = source_.compressors_.borrow();
    return wire::split(sealed_, target_bytes, source_.options_.compression, *contexts);
  }();
  if (!parts) return parts.failure();
  std::vector<client::batch_ptr> children;
  auto first = first_;
  for (auto& part : *parts) {
    part.body = source_.pool_->charged(part.body);
    const auto records = static_cast<std::uint32_t>(part.record_count);
    children.push_back(std::make_unique<drained>(source_, *state_, std::move(part), opened_, first));
    first += records;
  }
  state_ = nullptr;  // the children's now
  return children;
}

// A batch that took everybody's records has its outcome: its host runs the callbacks, and those who flush go on.
void accumulator::finish(batch_state& state) {
  const auto [failed, why] = state.failures();
  host_.resolved(state_share::another(state));
  progress_.resolved(state.serial(), state.record_count(), failed, why, state.shared_at());
  state.settle();
}

void accumulator::take_opened() const {
  waiting_.insert(waiting_.end(), schedule_.opened.begin(), schedule_.opened.end());
  std::ranges::move(schedule_.opened, std::back_inserter(lingering_));
  schedule_.opened.clear();
}

bool accumulator::still_open(const pending_batch& batch) const {
  const std::lock_guard lock(queue(batch.slot).mutex);
  return batch.at == stage::open;
}

// Behind others nothing could be sent of it yet: it goes on filling, or batches would be the smaller the slower the broker is.
bool accumulator::close(const pending_ptr& batch) {
  auto& partition = queue(batch->slot);
  const std::lock_guard lock(partition.mutex);
  if (batch->at != stage::open) return false;
  batch->overdue = true;
  if (partition.batches.front() != batch) return false;
  batch->close();
  return true;
}

std::size_t accumulator::sealing_work(const pending_batch& batch) const {
  return options_.compression.codec == wire::codec::none ? 0 : batch.builder.plain_size();
}

// One task and one wake for all of them: with many partitions most batches are small.
void accumulator::seal_elsewhere(std::vector<pending_ptr> batches) {
  host_.seal_elsewhere([this, batches = std::move(batches)] {
    std::vector<client::partition_slot> ready;
    for (const auto& batch : batches)
      if (seal(batch)) ready.push_back(batch->slot);
    if (!ready.empty()) announce(ready);
  });
}

std::vector<client::partition_slot> accumulator::end_lingers(time_point now, std::uint64_t flush_to) {
  const bool memory_wanted = pool_->budget().contended();
  std::vector<client::partition_slot> ready;
  std::vector<pending_ptr> elsewhere;
  std::size_t sealed_here = 0;
  for (; !lingering_.empty(); lingering_.pop_front()) {
    const auto& first = lingering_.front();
    const bool due =
        memory_wanted || first->serial <= flush_to || after(first->opened, options_.linger) <= now;
    if (!due && still_open(*first)) break;
    if (!due || !close(first)) continue;
    const auto work = sealing_work(*first);
    if (sealed_here + work > options_.inline_seal_size) {
      elsewhere.push_back(first);
      continue;
    }
    sealed_here += work;
    if (seal(first)) ready.push_back(first->slot);
  }
  if (!elsewhere.empty()) seal_elsewhere(std::move(elsewhere));
  return ready;
}

bool accumulator::close_overdue(partition_queue& partition) {
  pending_ptr first;
  {
    const std::lock_guard lock(partition.mutex);
    if (partition.batches.empty() || !partition.batches.front()->overdue) return false;
    first = partition.batches.front();
  }
  if (!close(first)) return false;
  if (sealing_work(*first) <= options_.inline_seal_size) return seal(first);
  seal_elsewhere({first});
  return false;
}

void accumulator::collect_ready(time_point now, std::vector<client::partition_slot>& out) {
  std::uint64_t flush_to = 0;
  {
    const std::lock_guard lock(schedule_.mutex);
    schedule_.woken = true;
    schedule_.again = false;
    flush_to = schedule_.flush_to;
    take_opened();
    if (lingering_.empty() && schedule_.ready.empty()) {  // as after most answers
      schedule_.sleeping_until = never;
      schedule_.woken = false;
      return;
    }
  }
  const auto closed = end_lingers(now, flush_to);
  std::vector<client::partition_slot> ready;
  bool again = false;
  {
    const std::lock_guard lock(schedule_.mutex);
    ready.swap(schedule_.ready);
    take_opened();
    schedule_.sleeping_until = next_linger();
    again = schedule_.woken = schedule_.again;
  }
  if (again) host_.wake();
  ++round_;
  collected_in_.resize(partitions_.size());
  for (const auto& slots : {ready, closed})
    for (const auto slot : slots)
      if (std::exchange(collected_in_[static_cast<std::size_t>(slot.value)], round_) != round_)
        out.push_back(slot);
}

time_point accumulator::next_linger() const {
  return lingering_.empty() ? never : after(lingering_.front()->opened, options_.linger);
}

std::size_t accumulator::front_bytes(client::partition_slot slot) const {
  auto& partition = queue(slot);
  const std::lock_guard lock(partition.mutex);
  return partition.front_ready() ? partition.batches.front()->sealed.encoded_size() : 0;
}

client::batch_ptr accumulator::drain(client::partition_slot slot) {
  auto& partition = queue(slot);
  pending_ptr batch;
  {
    const std::lock_guard lock(partition.mutex);
    if (!partition.front_ready()) return nullptr;
    batch = partition.pop();
    batch->at = stage::gone;
  }
  leave(*batch);
  close_overdue(partition);
  return std::make_unique<drained>(*this, *batch->state, std::move(batch->sealed), batch->opened, 0);
}

// Batches leave about in the order in which they came; those that left from the middle are swept when they are many.
void accumulator::leave(pending_batch& batch) const {
  {
    const std::lock_guard lock(schedule_.mutex);
    take_opened();
  }
  batch.left = true;
  ++left_;
  for (; !waiting_.empty() && waiting_.front()->left; waiting_.pop_front()) --left_;
  if (left_ <= 64 || left_ <= waiting_.size() / 2) return;
  std::erase_if(waiting_, [](const pending_ptr& waiting) { return waiting->left; });
  left_ = 0;
}

time_point accumulator::oldest_opened() const {
  {
    const std::lock_guard lock(schedule_.mutex);
    take_opened();
  }
  return waiting_.empty() ? never : waiting_.front()->opened;
}

// The bytes of a batch that is being sealed are its sealer's to let go of.
void accumulator::fail_until(partition_queue& partition, const error& why, time_point limit) {
  std::vector<pending_ptr> failed;
  {
    const std::lock_guard lock(partition.mutex);
    while (!partition.batches.empty() && partition.batches.front()->opened <= limit) {
      auto& batch = failed.emplace_back(partition.pop());
      if (std::exchange(batch->at, stage::gone) == stage::sealing) continue;
      batch->builder = wire::batch_builder();
      batch->sealed = {};
    }
  }
  for (const auto& batch : failed) {
    leave(*batch);
    auto& state = *batch->state;
    if (state.resolve(0, state.record_count(), why)) finish(state);
  }
  if (close_overdue(partition)) announce({&partition.slot, 1});
}

void accumulator::expire(time_point limit, const error& why) {
  while (oldest_opened() <= limit && !waiting_.empty()) fail_until(queue(waiting_.front()->slot), why, limit);
}

void accumulator::fail(client::partition_slot slot, const error& why) { fail_until(queue(slot), why, never); }

void accumulator::shut(const error& why) {
  {
    const std::lock_guard lock(registry_mutex_);
    shut_ = why;
  }
  pool_->budget().shut(why);
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    auto& partition = partitions_[i];
    {
      const std::lock_guard lock(partition.mutex);
      if (!partition.shut) partition.shut = why;
    }
    fail_until(partition, why, never);
  }
}

}  // namespace klamm::handoff
