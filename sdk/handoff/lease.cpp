#include "handoff/lease.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace klamm::handoff {

lease::lease(topic_partition at, client::position_epoch epoch, passed_place from,
             std::vector<client::fetched_run> runs, std::size_t max_decompressed,
             std::shared_ptr<record_allowance> allowance)
    : at_(std::move(at)),
      epoch_(epoch),
      max_decompressed_(max_decompressed),
      high_watermark_(runs.empty() ? offset() : runs.back().high_watermark),
      allowance_(std::move(allowance)),
      runs_(std::move(runs)),
      passed_offset_(from.offset.value),
      passed_epoch_(from.leader_epoch.value) {}

passed_place lease::passed() const {
  const offset at(passed_offset_.load(std::memory_order_acquire));
  return {at, klamm::leader_epoch(passed_epoch_.load(std::memory_order_relaxed))};
}

void lease::move_to(offset next, klamm::leader_epoch epoch) {
  if (epoch.value >= 0) passed_epoch_.store(epoch.value, std::memory_order_relaxed);
  passed_offset_.store(next.value, std::memory_order_release);
}

const wire::record_view* lease::current() {
  if (ended()) return nullptr;
  if (!shown_ && !failure_ && (!allowance_ || allowance_->left > 0)) {
    shown_ = advance();
    if (shown_ && allowance_) --allowance_->left;
  }
  return shown_ ? &record_ : nullptr;
}

void lease::pass() {
  if (!shown_ || ended()) return;
  shown_ = false;
  move_to(record_.offset + 1, batch_epoch_);
  // The end of a run is passed with its last record, so that a loop which stops there commits what it saw and no less.
  if (!failure_ && (!allowance_ || allowance_->left > 0)) {
    shown_ = advance();
    if (shown_ && allowance_) --allowance_->left;
  }
}

void lease::pass_all() {
  while (current()) pass();
}

// Decodes the next record at or beyond the position, over the ends of batches and runs.
bool lease::advance() {
  const offset position(passed_offset_.load(std::memory_order_relaxed));
  while (run_ < runs_.size()) {
    if (!in_batch_) {
      if (next_batch_ == runs_[run_].batches.size()) {
        finish_run();
        continue;
      }
      if (!open_batch()) return false;
    }
    switch (records_.next(record_)) {
      case wire::record_reader::step::record:
        if (record_.offset >= position) return true;
        break;
      case wire::record_reader::step::end: close_batch(); break;
      case wire::record_reader::step::malformed:
        fail(error_code::invalid_record, "its records do not decode");
        return false;
    }
  }
  return false;
}

bool lease::open_batch() {
  batch_ = wire::batch_view(runs_[run_].batches[next_batch_]);
  if (!batch_.crc_valid()) {
    fail(error_code::corrupt_message, "its checksum is wrong");
    return false;
  }
  auto opened = wire::record_reader::open(batch_, contexts_, max_decompressed_);
  if (!opened) {
    fail(opened.code(),
         opened.failure().message.empty() ? describe(opened.code()) : opened.failure().message);
    return false;
  }
  records_ = *std::move(opened);
  batch_epoch_ = batch_.legacy() ? klamm::leader_epoch() : batch_.header().partition_leader_epoch;
  in_batch_ = true;
  return true;
}

// What it was decompressed into is let go of before the next batch is: a thousand bytes may have come out of each one.
void lease::close_batch() {
  records_ = {};
  in_batch_ = false;
  ++next_batch_;
}

void lease::finish_run() {
  const auto& run = runs_[run_];
  if (run.next > passed().offset) move_to(run.next, run.leader_epoch);
  ++run_;
  next_batch_ = 0;
}

void lease::fail(error_code code, std::string_view what) {
  failure_ = error(
      code, fmt::format("the batch of \"{}\" partition {} at offset {} cannot be read: {}; to go on, seek "
                        "beyond offset {}",
                        at_.topic, at_.partition.value, batch_.base_offset().value, what,
                        batch_.last_offset().value));
}

std::vector<client::fetched_run> lease::take_rest() {
  const auto position = passed().offset;
  std::vector<client::fetched_run> rest;
  for (auto& run : runs_) {
    if (run.next <= position) continue;
    run.records = std::min(run.records, static_cast<std::size_t>(run.next - std::max(run.from, position)));
    rest.push_back(std::move(run));
  }
  runs_.clear();
  return rest;
}

}  // namespace klamm::handoff
