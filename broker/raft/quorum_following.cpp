// The follower's side of replication: one fetch at a time, from the end of what is synced.
//
//   what the leader says           what follows
//   ----------------------------   ---------------------------------------------------------------------------------
//   records                        appended; the next fetch asks from behind them, once they are synced
//   nothing                        the next fetch
//   diverging epoch                truncated to where both logs agree, by epochs (KIP-101); never below the high watermark
//   snapshot                       fetched whole and written, then the log starts again behind it
//   damaged records, or snapshot   not taken (KAFKA-18723); again after a backoff
//   another leader, another epoch  followed
//   an error, or nothing in time   again after a backoff, until the fetch timeout
#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "broker/raft/durable_file.hpp"
#include "broker/raft/quorum.hpp"

namespace klamm::broker::raft {

/// What is asked for says that everything before is synced.
bool quorum::may_fetch() const {
  const bool synced = log_->flushed_end() == log_->end() || fires(environment_.faults, "raft.fetch_unsynced");
  return running() && !fetching_ && !cutting_ && fetch_at_ == never && synced;
}

void quorum::fetch_next() {
  if (!may_fetch()) return;
  if (const auto* const following = std::get_if<follower>(&role_)) return fetch_from(following->leader);
  const auto known = who_may_know();
  if (!known.empty()) fetch_from(known[environment_.random.below(known.size())]);
}

/// Who is asked who leads. One that asks for votes and has never heard of a leader asks those too who are configured for it: the
/// voters may be elsewhere than its log says.
std::vector<node_id> quorum::who_may_know() const {
  if (std::holds_alternative<prospective>(role_) && election_.leader.value < 0) return options_.bootstrap;
  if (!std::holds_alternative<unattached>(role_)) return {};
  auto known = options_.bootstrap;
  for (const auto& voter : other_voters()) known.push_back(voter.id);
  return known;
}

void quorum::ask_again_later() { fetch_at_ = after(clock_.steady, options_.retry_backoff); }

void quorum::fetch_from(node_id from) {
  fetching_ = true;
  const auto own = position();
  peers_.send(from,
              fetch_request{.epoch = election_.epoch,
                            .replica = self(),
                            .from = own.end,
                            .last_epoch = own.epoch,
                            .high_watermark = high_watermark_,
                            .max_wait = options_.fetch_wait},
              [this, round = round_](result<fetch_response> came) { on_fetched(round, std::move(came)); });
}

/// Whether the answer is to what this role asked; what it says of the leader counts in any case.
template <class Response>
bool quorum::still_asking(std::uint64_t round, const result<Response>& came) {
  if (!running()) return false;
  if (came)
    hear_of(came->leader);
  else if (came.code() == error_code::inconsistent_cluster_id)
    say_other_cluster();
  if (round != round_) return false;
  fetching_ = false;
  if (came && came->error == error_code::none && std::holds_alternative<follower>(role_)) return true;
  loading_.reset();
  ask_again_later();
  return false;
}

/// A node that belongs elsewhere would wait for ever, and be told by nobody.
void quorum::say_other_cluster() {
  if (std::exchange(told_of_cluster_, true)) return;
  environment_.sink.write(
      log_level::error, log_directory(),
      "the controllers that it asks are of another cluster (INCONSISTENT_CLUSTER_ID): the cluster.id in "
      "meta.properties is not theirs. It was given by --cluster-id, or made of the controllers that were "
      "configured: configure the same ones as they have, and give it a new directory");
}

void quorum::on_fetched(std::uint64_t round, result<fetch_response> came) {
  if (!still_asking(round, came)) return;
  auto* const following = std::get_if<follower>(&role_);
  following->has_fetched = true;
  following->fetch_deadline = after(clock_.steady, options_.fetch_timeout);
  take(*came);
}

void quorum::take(const fetch_response& came) {
  if (came.diverging) return truncate_to(*came.diverging);
  if (came.snapshot) {
    if (snapshotting_) return ask_again_later();  // one file at a time
    loading_ = came.snapshot;
    loaded_ = {};
    return load_snapshot();
  }
  for (const auto& slice : came.records.slices()) {
    const auto appended = log_->append_as_follower(slice.view(), election_.epoch, clock_);
    if (appended.code() == error_code::corrupt_message) return refuse_damage(appended.failure());
    if (!appended) return fail(appended.failure());
    damage_said_ = false;
    if (auto voting = follow_voting(slice); !voting) return fail(voting.failure());
  }
  bytes_since_snapshot_ += came.records.size();
  advance_high_watermark(std::min(came.high_watermark, log_->end()));
  fetch_next();
}

/// It came damaged, or the leader has it so: the next try may be better. Said once, until something is taken.
void quorum::refuse_damage(const error& why) {
  loading_.reset();
  ask_again_later();
  if (std::exchange(damage_said_, true)) return;
  environment_.sink.write(log_level::warning, log_directory(),
                          fmt::format("what the leader {} sent is not taken: {}",
                                      std::get<follower>(role_).leader.value, why.message));
}

/// Who votes by the log votes from now on (KIP-853).
result<void> quorum::follow_voting(const buffer_slice& batches) {
  const auto before = voters_.voters_at();
  auto read = read_voting(batches, std::nullopt, voters_);
  if (read && voters_.voters_at() != before) voters_changed();
  return read;
}

void quorum::truncate_to(const log::epoch_end& diverging) {
  const auto own = log_->end_for_epoch(diverging.epoch);
  const auto to = own.epoch == diverging.epoch ? std::min(own.end, diverging.end) : own.end;
  if (to < high_watermark_)
    return fail(
        {error_code::corrupt_message,
         fmt::format("the leader's metadata log leaves this one at offset {}, below what was committed, {}",
                     to.value, high_watermark_.value)});
  cutting_ = true;
  if (!fires(environment_.faults, "raft.keep_cut_voters")) voters_.truncate_to(to);
  voters_changed();
  log_->truncate_to(to, [this](result<void> cut) {
    cutting_ = false;
    if (!cut) return fail(cut.failure());
    fetch_next();
  });
}

// Snapshots of the leader

void quorum::load_snapshot() {
  fetching_ = true;
  peers_.send(
      std::get<follower>(role_).leader, snapshot_request{election_.epoch, self(), *loading_, loaded_.size()},
      [this, round = round_](result<snapshot_response> came) { on_snapshot_part(round, std::move(came)); });
}

void quorum::on_snapshot_part(std::uint64_t round, result<snapshot_response> came) {
  if (!still_asking(round, came)) return;
  std::get<follower>(role_).fetch_deadline = after(clock_.steady, options_.fetch_timeout);
  loaded_.append(std::move(came->bytes));
  if (loaded_.size() < came->size) return load_snapshot();
  const auto whole = buffer_slice::own(std::exchange(loaded_, {}).flatten());
  if (auto sound = check_snapshot(whole); !sound) return refuse_damage(sound.failure());
  loaded_ = byte_chain(whole);
  adopt_snapshot(*loading_);
}

/// Before the log is given up for it.
result<void> quorum::check_snapshot(const buffer_slice& file) const {
  record_visitor nothing = [](bytes_view, offset, leader_epoch) {};
  voter_history voting({});
  const auto visited = visit_checkpoint(file, nothing);
  return visited ? read_voting(file, loading_->end - 1, voting) : visited;
}

/// First the snapshot, then the log that goes on behind it: a crash between leaves a log that the next fetch replaces.
void quorum::adopt_snapshot(const snapshot_id& id) {
  damage_said_ = false;
  cutting_ = true;
  auto read = [this](result<void> done) {
    cutting_ = false;
    loading_.reset();
    if (!done) return fail(done.failure());
    fetch_next();
  };
  auto restarted = [this, read](result<void> done) {
    if (!done) return fail(done.failure());
    remove_older_checkpoints();
    read_checkpoint([this, read](result<void> done) {
      if (done) voters_changed();
      read(std::move(done));
    });
  };
  replace_file(disk_, {log_directory(), checkpoint_name(id), ".part"}, std::exchange(loaded_, {}),
               [this, id, restarted](result<void> done) {
                 if (!done) return fail(done.failure());
                 keep_checkpoint(id);
                 log_->restart_at(id.end, restarted);
               });
}

}  // namespace klamm::broker::raft
