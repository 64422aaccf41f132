// What is committed reaches the listener, and is written down as a snapshot now and then.
#include <algorithm>

#include "broker/raft/durable_file.hpp"
#include "broker/raft/quorum.hpp"

namespace klamm::broker::raft {
namespace {

constexpr std::size_t delivery_bytes = 1024 * 1024;

}  // namespace

void quorum::deliver() {
  if (delivering_ || cutting_ || !running()) return;
  if (delivered_ < high_watermark_) {
    delivering_ = true;
    return log_->read({delivered_, high_watermark_, delivery_bytes, true},
                      [this](result<log::read_result> read) { on_read(std::move(read)); });
  }
  if (const auto* const role = std::get_if<leader>(&role_);
      role && !announced_ && delivered_ > role->epoch_start()) {
    announced_ = true;
    listener_.on_leader(election_.epoch);
  }
  maybe_snapshot();
}

void quorum::on_read(result<log::read_result> read) {
  delivering_ = false;
  if (!read) return fail(read.failure());
  record_visitor visit = [this](bytes_view value, offset at, leader_epoch epoch) {
    if (at < delivered_) return;  // the first batch may begin before what was asked for
    listener_.on_committed(value, at, epoch);
  };
  const auto last_epoch = visit_records(read->batches, visit);
  if (!last_epoch) return fail(last_epoch.failure());
  if (read->next <= delivered_)
    return fail({error_code::corrupt_message, "the metadata log ends below its high watermark"});
  delivered_ = read->next;
  delivered_epoch_ = *last_epoch;
  listener_.on_batch_end(delivered_ - 1, delivered_epoch_);
  deliver();
}

void quorum::maybe_snapshot() {
  if (snapshotting_ || loading_ || bytes_since_snapshot_ < options_.snapshot_after_bytes) return;
  snapshotting_ = true;
  bytes_since_snapshot_ = 0;
  const snapshot_id id{delivered_, delivered_epoch_};
  const auto records = listener_.snapshot_records();
  replace_file(disk_, {log_directory(), checkpoint_name(id), ".part"},
               encode_checkpoint(id, {voters_.before(id.end), records, clock_.wall}),
               [this, id](result<void> done) {
                 snapshotting_ = false;
                 if (!done) return fail(done.failure());
                 keep_checkpoint(id);
                 voters_.forget_below(id.end);
                 if (cutting_)
                   return;  // a log that is being cut takes nothing else; the next snapshot moves its start
                 if (auto moved = log_->advance_start(id.end); !moved) return fail(moved.failure());
                 remove_older_checkpoints();
               });
}

/// One that was fetched may be there already: a crash came before the log could start again behind it.
void quorum::keep_checkpoint(const snapshot_id& id) {
  const auto place = std::ranges::lower_bound(checkpoints_, id);
  if (place == checkpoints_.end() || *place != id) checkpoints_.insert(place, id);
}

void quorum::remove_older_checkpoints() {
  while (checkpoints_.size() > 1) {
    disk_.submit(log::disk::remove{log_directory() + "/" + checkpoint_name(checkpoints_.front())});
    checkpoints_.erase(checkpoints_.begin());
  }
}

}  // namespace klamm::broker::raft
