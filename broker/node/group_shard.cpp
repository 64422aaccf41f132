#include "broker/node/group_shard.hpp"

#include <algorithm>

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
                         wire::compressor& compressor, const instant& clock, fault_injector* faults)
    : replica_(&replica),
      compressor_(compressor),
      clock_(clock),
      groups_(std::move(options), *this, entropy, faults) {}

group_shard::~group_shard() = default;

void group_shard::load() {
  auto& log = replica_->log();
  next_ = std::max(next_, log.start());
  if (next_ < log.end()) {
    return log.read({next_, log.end(), load_bytes, true},
                    [this, alive = std::weak_ptr(alive_)](result<log::read_result> read) {
                      if (alive.lock()) on_read(std::move(read));
                    });
  }
  loaded_ = true;
  groups_.on_loaded(clock_);
  replica_->set_commit_listener([this](offset reached) { groups_.on_committed(reached, clock_); });
  groups_.on_committed(replica_->high_watermark(), clock_);
}

void group_shard::unload() {
  loaded_ = false;
  alive_.reset();
  replica_->set_commit_listener(nullptr);
  groups_.on_unloaded(clock_);
}

void group_shard::on_read(result<log::read_result> read) {
  if (!read || read->next <= next_ || !replay(read->batches)) return unload();
  next_ = read->next;
  load();
}

result<void> group_shard::replay(const byte_chain& batches) {
  for (const auto& slice : batches.slices()) {
    wire::batch_reader reader(slice);
    wire::batch_view batch;
    while (reader.next(batch) == wire::batch_reader::step::batch) {
      auto records = wire::record_reader::open(batch, compressor_, largest_batch);
      if (!records) return records.failure();
      const auto& header = batch.header();
      wire::record_view record;
      while (records->next(record) == wire::record_reader::step::record) {
        if (record.offset < next_) continue;
        if (header.attributes.control()) {
          if (const auto marker = wire::read_transaction_marker(record))
            groups_.replay_end_of_transaction(header.producer_id, marker->committed);
        } else {
          const auto transaction =
              header.attributes.transactional() ? std::optional(header.producer_id) : std::nullopt;
          groups_.replay({record.offset, record.timestamp, record.key.value_or(bytes_view()), record.value,
                          transaction});
        }
      }
    }
  }
  return {};
}

result<offset> group_shard::append(std::span<const coordinator::new_record> records, instant now) {
  if (!loaded_) return {error_code::coordinator_load_in_progress};
  wire::batch_builder builder;
  for (const auto& record : records)
    builder.append({.timestamp = now.wall, .key = bytes_view(record.key), .value = view_of(record.value)});
  const auto batch = wire::stamped(builder.seal({}, compressor_), {});
  if (batch.size() > replica_->settings().max_message_bytes) return {error_code::record_list_too_large};
  const auto end = replica_->append(batch.flatten(), log::append_origin::client, now);
  if (!end)
    return end.code() == error_code::not_leader_or_follower ? result<offset>(error_code::not_coordinator)
                                                            : end;
  auto at = *end - static_cast<std::int64_t>(records.size());
  for (const auto& record : records) {
    groups_.replay({at, now.wall, record.key, view_of(record.value), std::nullopt});
    ++at;
  }
  next_ = *end;
  return end;
}

}  // namespace klamm::broker::node
