#include "broker/node/group_shard.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/control_record.hpp"
#include "wire/record_reader.hpp"

namespace klamm::broker::node {
namespace {

constexpr std::size_t load_bytes = 1024 * 1024;
constexpr std::size_t largest_batch = std::size_t{256} << 20;

wire::nullable_bytes view_of(const std::optional<std::vector<std::byte>>& value) {
  return value ? wire::nullable_bytes(*value) : std::nullopt;
}

}  // namespace

group_shard::group_shard(replica::partition& replica, group::group_options options, entropy_source& entropy,
                         wire::compressor& compressor, const instant& clock, log_sink& sink,
                         fault_injector* faults)
    : replica_(&replica),
      compressor_(compressor),
      clock_(clock),
      groups_(std::move(options), *this, entropy, faults),
      sink_(sink) {}

group_shard::~group_shard() = default;

void group_shard::load(unique_function<void()> active) {
  active_ = std::move(active);
  read_on();
}

/// What memory answers comes before read() returns: the loop goes on, where one call within the other would not end.
void group_shard::read_on() {
  auto& log = replica_->log();
  do {
    next_ = std::max(next_, log.start());
    if (next_ >= log.end()) return become_active();
    answered_ = false;
    in_read_ = true;
    log.read({next_, log.end(), load_bytes, true},
             [this, alive = std::weak_ptr(alive_)](result<log::read_result> read) {
               if (alive.lock()) on_read(std::move(read));
             });
    in_read_ = false;
  } while (answered_);
}

void group_shard::become_active() {
  state_ = error_code::none;
  groups_.on_loaded(clock_);
  replica_->set_commit_listener([this](offset reached) { groups_.on_committed(reached, clock_); });
  groups_.on_committed(replica_->high_watermark(), clock_);
  active_();
}

void group_shard::unload() {
  state_ = error_code::not_coordinator;
  alive_.reset();
  replica_->set_commit_listener(nullptr);
  groups_.on_unloaded(clock_);
}

void group_shard::on_read(result<log::read_result> read) {
  if (!read) return on_unreadable(read.failure());
  if (const auto replayed = replay(read->batches); !replayed) return on_unreadable(replayed.failure());
  if (read->next <= next_) return on_unreadable({error_code::corrupt_message, "the log ends before its end"});
  next_ = read->next;
  answered_ = true;
  if (!in_read_) read_on();
}

void group_shard::on_unreadable(const error& why) {
  const auto& name = replica_->name();
  if (sink_.wants(log_level::error))
    sink_.write(log_level::error, "groups",
                fmt::format("cannot read {}-{} at offset {}: {}: its groups are not coordinated here until a "
                            "restart finds it readable",
                            name.topic, name.partition.value, next_.value, why.message));
  unload();
}

result<void> group_shard::replay(const byte_chain& batches) {
  using step = wire::batch_reader::step;
  for (const auto& slice : batches.slices()) {
    wire::batch_reader reader(slice);
    wire::batch_view batch;
    auto found = reader.next(batch);
    for (; found == step::batch; found = reader.next(batch))
      if (auto replayed = replay(batch); !replayed) return replayed;
    if (found == step::malformed) return error(error_code::corrupt_message, "a batch is malformed");
  }
  return {};
}

result<void> group_shard::replay(const wire::batch_view& batch) {
  using step = wire::record_reader::step;
  auto records = wire::record_reader::open(batch, compressor_, largest_batch);
  if (!records) return records.failure();
  const auto& header = batch.header();
  const auto transaction =
      header.attributes.transactional() ? std::optional(header.producer_id) : std::nullopt;
  wire::record_view record;
  auto found = records->next(record);
  for (; found == step::record; found = records->next(record)) {
    if (record.offset < next_) continue;
    if (!header.attributes.control()) {
      groups_.replay(
          {record.offset, record.timestamp, record.key.value_or(bytes_view()), record.value, transaction});
    } else if (const auto marker = wire::read_transaction_marker(record)) {
      groups_.replay_end_of_transaction(header.producer_id, marker->committed);
    }
  }
  if (found == step::malformed) return error(error_code::corrupt_message, "a record is malformed");
  return {};
}

result<offset> group_shard::append(std::span<const coordinator::new_record> records, instant now) {
  if (state_ != error_code::none) return {state_};
  wire::batch_builder builder;
  for (const auto& record : records)
    builder.append({.timestamp = now.wall, .key = bytes_view(record.key), .value = view_of(record.value)});
  const auto batch = wire::stamped(builder.seal({}, compressor_), {});
  if (batch.size() > replica_->settings().max_message_bytes) return {error_code::record_list_too_large};
  const auto end = replica_->append(batch.flatten(), log::append_origin::client, now);
  const bool led_elsewhere =
      end.code() == error_code::not_leader_or_follower || end.code() == error_code::kafka_storage_error;
  if (!end) return led_elsewhere ? result<offset>(error_code::not_coordinator) : end;
  auto at = *end - static_cast<std::int64_t>(records.size());
  for (const auto& record : records) {
    groups_.replay({at, now.wall, record.key, view_of(record.value), std::nullopt});
    ++at;
  }
  next_ = *end;
  return end;
}

}  // namespace klamm::broker::node
