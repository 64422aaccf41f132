// The leader's side of replication: what followers ask, and what the majority has.
#include <algorithm>

#include "broker/raft/durable_file.hpp"
#include "broker/raft/quorum.hpp"

namespace klamm::broker::raft {
namespace {

constexpr std::size_t fetch_bytes = 1024 * 1024;
constexpr std::size_t snapshot_part = 1024 * 1024;

}  // namespace

result<offset> quorum::append(std::span<const record_value> values) {
  if (!leading()) return {error_code::not_leader_or_follower};
  const auto batch = encode_batch(values, log_->end(), election_.epoch, clock_.wall);
  const auto appended = log_->append_as_leader(batch, election_.epoch, log::append_origin::quorum, clock_);
  if (!appended) return appended.failure();
  bytes_since_snapshot_ += batch.size();
  count_own_end();
  serve_parked();
  return appended->last + 1;
}

/// Of the leader itself. What it says of who votes counts at once.
result<log::append_info> quorum::append_control(const control_values& values) {
  const auto batch = buffer_slice::own(control_batch(values, {log_->end()}, clock_.wall).flatten());
  auto appended = log_->append_as_leader(batch.view(), election_.epoch, log::append_origin::quorum, clock_);
  if (!appended) {
    fail(appended.failure());
    return appended;
  }
  bytes_since_snapshot_ += batch.size();
  if (auto voting = follow_voting(batch); !voting) fail(voting.failure());
  return appended;
}

// Fetches

std::optional<error_code> quorum::refuse_fetch(leader_epoch in) const {
  if (in < election_.epoch) return error_code::fenced_leader_epoch;
  if (in > election_.epoch) return error_code::unknown_leader_epoch;
  if (!leading()) return error_code::not_leader_or_follower;
  return std::nullopt;
}

/// Another process under the leader's own number must not count as the leader's disk.
std::optional<error_code> quorum::refuse_replica(const replica_key& by, leader_epoch in) const {
  const auto refused = refuse_fetch(in);
  return refused || by.id != options_.self ? refused : error_code::invalid_request;
}

/// Whether the replica's log is a part of this one, and if not, where it leaves it or what snapshot takes its place. Of epochs
/// before the snapshot's nothing is known any more: a log that ends in one may have left ours below the snapshot.
fetch_response quorum::about_log(const fetch_request& asked) const {
  fetch_response out{.leader = known(), .high_watermark = high_watermark_};
  const auto newest = checkpoints_.empty() ? snapshot_id() : checkpoints_.back();
  const bool from_snapshot = asked.from == newest.end && asked.last_epoch == newest.epoch;
  if (from_snapshot || (asked.from == offset(0) && log_->start() == offset(0))) return out;
  if (asked.from < log_->start() || asked.from == newest.end || asked.last_epoch < newest.epoch) {
    out.snapshot = newest;
    return out;
  }
  const auto own = log_->end_for_epoch(asked.last_epoch);
  if (own.epoch != asked.last_epoch || own.end < asked.from) out.diverging = own;
  return out;
}

bool quorum::worth_answering(const fetch_request& asked) const {
  return asked.from < log_->end() ||
         (asked.high_watermark.value >= 0 && asked.high_watermark < high_watermark_);
}

void quorum::on(const fetch_request& asked, reply<fetch_response> answer) {
  if (!running()) return keep_for_later(asked, std::move(answer));
  if (const auto refused = refuse_replica(asked.replica, asked.epoch))
    return answer(fetch_response{.error = *refused, .leader = known(), .high_watermark = high_watermark_});
  auto about = about_log(asked);
  auto& leading = std::get<leader>(role_);
  if (about.diverging || about.snapshot) {
    leading.acknowledge(asked.replica, offset(0), clock_.steady);
    return answer(std::move(about));
  }
  leading.acknowledge(asked.replica, asked.from, clock_.steady);
  if (const auto reached = leading.high_watermark()) advance_high_watermark(*reached);
  if (!this->leading())
    return answer(fetch_response{.error = error_code::not_leader_or_follower, .leader = known()});
  if (worth_answering(asked) || asked.max_wait <= millis(0)) return serve(asked, std::move(answer));
  // Whoever asks for longer is gone before, or asks again.
  parked_.push_back(
      {asked, std::move(answer), after(clock_.steady, std::min(asked.max_wait, options_.fetch_timeout))});
}

void quorum::serve(const fetch_request& asked, reply<fetch_response> answer) {
  log_->read(
      {asked.from, log_->end(), fetch_bytes, true},
      [this, answer = std::move(answer), epoch = election_.epoch](result<log::read_result> read) mutable {
        fetch_response out{.leader = known(), .high_watermark = high_watermark_};
        if (const auto refused = refuse_fetch(epoch))
          out.error = *refused;
        else if (!read)
          out.error = read.code();
        else
          out.records = std::move(read->batches);
        answer(std::move(out));
      });
}

void quorum::serve_parked() {
  auto waiting = std::exchange(parked_, {});
  for (auto& one : waiting) {
    if (worth_answering(one.asked) || one.until <= clock_.steady)
      serve(one.asked, std::move(one.answer));
    else
      parked_.push_back(std::move(one));
  }
}

void quorum::refuse_parked() {
  for (auto& one : std::exchange(parked_, {}))
    one.answer(fetch_response{.error = error_code::not_leader_or_follower, .leader = known()});
}

void quorum::on(const snapshot_request& asked, reply<snapshot_response> answer) {
  if (!running()) return keep_for_later(asked, std::move(answer));
  if (const auto refused = refuse_replica(asked.replica, asked.epoch))
    return answer(snapshot_response{.error = *refused, .leader = known()});
  std::get<leader>(role_).acknowledge(asked.replica, offset(0), clock_.steady);
  if (!std::ranges::binary_search(checkpoints_, asked.id))
    return answer(snapshot_response{.error = error_code::snapshot_not_found, .leader = known()});
  read_part(disk_, log_directory() + "/" + checkpoint_name(asked.id), asked.position, snapshot_part,
            [leader = known(), position = asked.position,
             answer = std::move(answer)](result<file_part> part) mutable {
              snapshot_response out{.leader = leader};
              if (!part)
                out.error = error_code::snapshot_not_found;  // it was replaced by a newer one meanwhile
              else if (position >= part->size)
                out.error = error_code::position_out_of_range;
              else
                out.size = part->size, out.bytes = std::move(part->bytes);
              answer(std::move(out));
            });
}

// The high watermark

void quorum::on_durable(log::partition_log&) {
  mark_soon();
  if (leading()) return count_own_end();
  fetch_next();
}

void quorum::count_own_end() {
  auto& leading = std::get<leader>(role_);
  const bool trusting = fires(environment_.faults, "raft.count_unsynced");
  if (fires(environment_.faults, "raft.commit_alone")) return advance_high_watermark(log_->flushed_end());
  leading.acknowledge(self(), trusting ? log_->end() : log_->flushed_end(), clock_.steady);
  if (const auto reached = leading.high_watermark()) advance_high_watermark(*reached);
}

void quorum::advance_high_watermark(offset to) {
  if (to <= high_watermark_) return;
  high_watermark_ = to;
  log_->set_high_watermark(high_watermark_);
  serve_parked();
  look_at_change();
  deliver();
}

}  // namespace klamm::broker::raft
