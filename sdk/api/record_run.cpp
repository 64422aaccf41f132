#include "api/record_run.hpp"

#include <atomic>
#include <utility>

namespace klamm {
inline namespace v1 {
namespace detail {
namespace {

BytesView to_public(const wire::nullable_bytes& bytes) { return bytes ? BytesView(*bytes) : BytesView(); }

// A run of a batch ends with the batch, though its partition goes on.
bool in_scope(const Run& run, const RecordFields* fields) {
  return fields && (run.scope != Run::Scope::batch || fields->offset <= run.batch_end);
}

}  // namespace

struct KeptRecord {
  RecordFields fields;
  std::string topic;
  buffer_slice frame;
  mutable std::atomic<int> shares{1};
};
void retain(const KeptRecord* kept) noexcept { kept->shares.fetch_add(1, std::memory_order_relaxed); }
void release(const KeptRecord* kept) noexcept {
  if (kept->shares.fetch_sub(1, std::memory_order_acq_rel) == 1) delete kept;
}
const RecordFields& fields(const KeptRecord& kept) noexcept { return kept.fields; }

Take::Take(std::shared_ptr<handoff::fetch_queue> queue, handoff::fetch_queue::leases leases)
    : queue_(std::move(queue)) {
  parts_.reserve(leases.size());
  for (auto& lease : leases) {
    const auto& [topic, partition] = lease->partition();
    auto& part = parts_.emplace_back(Part{nullptr, {topic, Partition(partition.value)}, {}});
    part.lease = std::move(lease);
  }
}
Take::~Take() {
  for (auto& part : parts_) queue_->give_back(*part.lease);
}

const RecordFields* Take::Part::show() {
  const auto* record = lease->current();
  if (!record) return nullptr;
  const auto& headers = record->headers;
  fields = {
      .topic = at.topic,
      .key = to_public(record->key),
      .value = to_public(record->value),
      .headers = {reinterpret_cast<const char*>(headers.data()), static_cast<std::uint32_t>(headers.size())},
      .offset = Offset(record->offset.value),
      .timestamp = Timestamp(Millis(record->timestamp.value)),
      .partition = at.partition,
      .leader_epoch = lease->leader_epoch().value,
      .frame = &lease->frame()};
  return &fields;
}

RunPtr make_run(std::shared_ptr<handoff::fetch_queue> queue, handoff::fetch_queue::leases leases) {
  auto run = std::make_unique<Run>();
  run->take = std::make_shared<Take>(std::move(queue), std::move(leases));
  return RunPtr(run.release());
}

void destroy(Run* run) noexcept { delete run; }

const RecordFields* current_record(Run& run) noexcept {
  auto& parts = run.take->parts();
  for (; run.part < parts.size(); ++run.part) {
    const auto* shown = parts[run.part].show();
    if (run.scope != Run::Scope::all) return in_scope(run, shown) ? shown : nullptr;
    if (shown) return shown;
  }
  return nullptr;
}

const RecordFields* next_record(Run& run) noexcept {
  run.now().lease->pass();
  return current_record(run);
}

// The parts of a run of all are its partitions, those of a partition its batches.
bool has_part(const Run& run) noexcept {
  if (run.scope == Run::Scope::all) return run.part < run.take->parts().size();
  return run.now().lease->current() != nullptr;
}

// What a poll took and did not look at may turn out to have nothing to show.
void pass_over_empty(Run& run) noexcept {
  while (has_part(run) && !run.now().lease->current()) ++run.part;
}

// A loop over parts moves on from a batch that it has not read, and from a partition whatever was read of it.
bool next_part(Run& run) noexcept {
  if (run.scope == Run::Scope::all) {
    ++run.part;
    pass_over_empty(run);
  } else {
    auto& lease = *run.now().lease;
    while (lease.current() && lease.current()->offset.value <= run.batch_end.value) lease.pass();
  }
  return has_part(run);
}

RunPtr current_part(const Run& run) {
  auto part = std::make_unique<Run>(run);
  part->scope = run.scope == Run::Scope::all ? Run::Scope::partition : Run::Scope::batch;
  if (part->scope == Run::Scope::batch) {
    part->batch = run.now().lease->batch();
    part->batch_end = Offset(part->batch.last_offset().value);
    const_cast<Run&>(run).batch_end = part->batch_end;
  }
  return RunPtr(part.release());
}

}  // namespace detail

SharedRecord RecordView::keep() const {
  auto kept = std::make_unique<detail::KeptRecord>();
  kept->fields = *fields_;
  kept->topic = fields_->topic;
  kept->fields.topic = kept->topic;
  kept->frame = *static_cast<const buffer_slice*>(fields_->frame);
  kept->fields.frame = &kept->frame;
  return SharedRecord(detail::Shared<const detail::KeptRecord>(kept.release()));
}

namespace {
detail::RunPtr copy_of(const detail::RunPtr& run) {
  return detail::RunPtr(run ? new detail::Run(*run) : nullptr);
}
}  // namespace

Range<PartitionRecords> Records::by_partition() const {
  auto parts = copy_of(run_);
  if (!parts) parts = detail::make_run(nullptr, {});
  if (parts->scope == detail::Run::Scope::all) {
    parts->part = 0;
    detail::pass_over_empty(*parts);
  }
  return Range<PartitionRecords>(std::move(parts));
}

void Records::done() noexcept {
  if (!run_) return;
  while (detail::current_record(*run_)) detail::next_record(*run_);
}

const TopicPartition& PartitionRecords::partition() const noexcept { return run_->now().at; }
Offset PartitionRecords::high_watermark() const noexcept {
  return Offset(run_->now().lease->high_watermark().value);
}
Range<RecordBatch> PartitionRecords::by_batch() const { return Range<RecordBatch>(copy_of(run_)); }

std::size_t RecordBatch::count() const noexcept {
  return static_cast<std::size_t>(run_->batch.header().record_count);
}
Offset RecordBatch::base_offset() const noexcept { return Offset(run_->batch.base_offset().value); }
BytesView RecordBatch::encoded() const noexcept { return run_->batch.bytes().view(); }

}  // namespace v1
}  // namespace klamm
