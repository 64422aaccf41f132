// From the disk to the first role: directory -> list -> quorum-state -> up to where the log was synced -> log -> checkpoint -> who
// votes by the log -> run.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broker/log/advice.hpp"
#include "broker/log/file_names.hpp"
#include "broker/raft/durable_file.hpp"
#include "broker/raft/quorum.hpp"

namespace klamm::broker::raft {
namespace {

constexpr std::size_t opening_bytes = 1024 * 1024;

/// Says of a damaged file where it is, and how to go on without it.
error unusable(std::string_view file, const std::string& directory, const error& why) {
  return {why.code,
          fmt::format("cannot use {}/{}: {}: {}", directory, file, why.message, log::whole_directory_advice)};
}

error other_directory(const std::string& log, const voter& wanted, const replica_key& self) {
  return {error_code::invalid_config,
          fmt::format("{} is to begin with the voter {}, and the node is {}: use a new data directory, or "
                      "name the one that is there",
                      log, describe(wanted.key()), describe(self))};
}

error ends_early(const std::string& log, offset end, offset needed) {
  return {error_code::kafka_storage_error,
          fmt::format("{} ends at offset {}, although everything below offset {} was synced: {}", log,
                      end.value, needed.value, log::whole_log_advice)};
}

}  // namespace

void quorum::open() {
  const auto& parent = options_.data_directory;
  disk_.submit(log::disk::make_directory{log_directory()}, [this, &parent](log::disk_completion& made) {
    if (!made.ok()) return fail_disk("make", log_directory(), made);
    // One that a killed process made may not be on disk yet, however much was synced in it.
    disk_.submit(log::disk::sync_directory{parent}, [this, &parent](log::disk_completion& synced) {
      if (!synced.ok()) return fail_disk("sync", parent, synced);
      disk_.submit(log::disk::list_directory{log_directory()},
                   [this](log::disk_completion& listing) { on_listed(listing); });
    });
  });
}

void quorum::fail_disk(std::string_view doing, const std::string& what, const log::disk_completion& how) {
  fail({how.failure, fmt::format("cannot {} {}: {}", doing, what, how.detail)});
}

void quorum::on_listed(const log::disk_completion& listing) {
  if (!listing.ok()) return fail_disk("list", log_directory(), listing);
  for (const auto& entry : listing.entries) {
    has_log_ |= entry.name.ends_with(".log");
    has_election_file_ |= entry.name == election_file_name;
    has_mark_ |= entry.name == log::recovery_checkpoint_name;
    if (const auto id = parse_checkpoint_name(entry.name)) checkpoints_.push_back(*id);
  }
  std::sort(checkpoints_.begin(), checkpoints_.end());
  read_election([this](result<void> election) {
    if (!election) return fail(unusable(election_file_name, log_directory(), election.failure()));
    read_mark([this](result<void> mark) {
      if (!mark) return fail(unusable(log::recovery_checkpoint_name, log_directory(), mark.failure()));
      load_log();
    });
  });
}

void quorum::read_election(log::done_handler then) {
  if (!has_election_file_) return then({});
  read_file(disk_, election_file_.place().path(),
            [this, then = std::move(then)](result<buffer_slice> file) mutable {
              if (!file) return then(file.failure());
              const auto state = parse_election_state(as_text(file->view()));
              if (!state) return then(state.failure());
              election_ = *state;
              then({});
            });
}

void quorum::read_mark(log::done_handler then) {
  if (!has_mark_) return then({});
  read_file(disk_, mark_file_.place().path(),
            [this, then = std::move(then)](result<buffer_slice> file) mutable {
              if (!file) return then(file.failure());
              take_mark(log::read_offset_checkpoint(as_text(file->view())));
              then({});
            });
}

/// Without a mark all damage counts as what a crash left.
void quorum::take_mark(const result<log::offset_checkpoint>& read) {
  if (!read)
    return environment_.sink.write(
        log_level::warning, mark_file_.place().path(),
        fmt::format("{}: what is damaged of the metadata log is cut away", read.failure().message));
  const auto own = read->find(log_->identity().partition);
  if (own != read->end()) marked_ = own->second;
}

/// Up to where the log has to go. What the newest snapshot covers is not missed.
offset quorum::needed() const {
  const bool covered = !checkpoints_.empty() && checkpoints_.back().end >= marked_;
  return covered ? offset(0) : marked_;
}

void quorum::load_log() {
  auto loaded = [this](result<void> done) {
    if (!done) return fail(done.failure());
    if (log_->end() < needed()) return fail(ends_early(log_directory(), log_->end(), needed()));
    if (checkpoints_.empty()) return bootstrap();
    catch_up_with_checkpoint([this](result<void> caught_up) {
      if (!caught_up) return fail(caught_up.failure());
      read_checkpoint([this](result<void> read) { read_log(std::move(read)); });
    });
  };
  if (!has_log_ && needed() > offset(0)) return fail(ends_early(log_directory(), offset(0), needed()));
  if (!has_log_) return log_->create(offset(0), clock_, std::move(loaded));
  // The mark itself: damage in what a snapshot covers may have whole records behind it.
  log_->load({.recovery_point = marked_, .whole = true}, clock_, std::move(loaded));
}

/// A new cluster starts from an empty snapshot that says who votes. A node that is to join one fetches even that.
void quorum::bootstrap() {
  const bool joins = !options_.static_voters && (options_.voters.empty() || log_->end() > offset(0));
  if (joins) return read_log({});
  const auto* const own = find_voter(options_.voters, options_.self);
  if (own && !own->is(self())) return fail(other_directory(log_directory(), *own, self()));
  const snapshot_id first;
  voter_history::state voting;
  if (!options_.static_voters) {
    voting = {own_kraft_versions.max, options_.voters};
    voters_.set_version(first.end - 1, voting.version);
    voters_.set_voters(first.end - 1, voting.voters);
  }
  replace_file(disk_, {log_directory(), checkpoint_name(first), ".part"},
               encode_checkpoint(first, {std::move(voting), {}, clock_.wall}),
               [this, first](result<void> done) {
                 keep_checkpoint(first);
                 read_log(std::move(done));
               });
}

/// A log that ends before the snapshot was to start again behind it when a crash came.
void quorum::catch_up_with_checkpoint(log::done_handler then) {
  const auto& newest = checkpoints_.back();
  if (position() >= log_position{newest.epoch, newest.end}) return then({});
  log_->restart_at(newest.end, std::move(then));
}

void quorum::read_checkpoint(log::done_handler then) {
  const auto newest = checkpoints_.back();
  read_file(disk_, log_directory() + "/" + checkpoint_name(newest),
            [this, newest, then = std::move(then)](result<buffer_slice> file) mutable {
              if (!file) return then(file.failure());
              listener_.on_snapshot();
              record_visitor deliver = [&](bytes_view value, offset, leader_epoch) {
                listener_.on_committed(value, newest.end - 1, newest.epoch);
              };
              auto visited = visit_checkpoint(*file, deliver);
              voters_.clear();
              if (visited) visited = read_voting(*file, newest.end - 1, voters_);
              if (!visited)
                return then(unusable(checkpoint_name(newest), log_directory(), visited.failure()));
              listener_.on_batch_end(newest.end - 1, newest.epoch);
              delivered_ = newest.end;
              delivered_epoch_ = newest.epoch;
              high_watermark_ = std::max(high_watermark_, newest.end);
              then({});
            });
}

/// What the log says of who votes counts, committed or not.
void quorum::read_log(result<void> loaded) {
  if (!loaded) return start_running(std::move(loaded));
  read_voters(checkpoints_.empty() ? log_->start() : std::max(log_->start(), checkpoints_.back().end),
              [this](result<void> read) { start_running(std::move(read)); });
}

void quorum::read_voters(offset from, log::done_handler then) {
  if (from >= log_->end()) return then({});
  log_->read({from, log_->end(), opening_bytes, true}, [this, from, then = std::move(then)](
                                                           result<log::read_result> read) mutable {
    if (!read) return then(read.failure());
    for (const auto& slice : read->batches.slices())
      if (auto voting = read_voting(slice, std::nullopt, voters_); !voting) return then(voting);
    if (read->next <= from)
      return then(error(error_code::corrupt_message, "the metadata log cannot be read to its end"));
    read_voters(read->next, std::move(then));
  });
}

void quorum::start_running(result<void> loaded) {
  if (state_ != state::opening) return;
  if (!loaded) return fail(loaded.failure());
  if (voters().empty() && options_.bootstrap.empty())
    return fail({error_code::invalid_config,
                 fmt::format("{} does not say who votes, and nobody is known who does: set "
                             "controller.quorum.bootstrap.servers, or controller.quorum.voters",
                             log_directory())});
  state_ = state::running;
  voters_changed();
  const auto seen = std::max(position().epoch, leader_epoch(0));
  if (seen > election_.epoch) election_ = {seen, node_id(), node_id(), {}};
  begin_role();
  for (auto& ask : std::exchange(early_, {})) ask();
}

void quorum::begin_role() {
  if (alone()) return become_candidate();
  if (election_.leader == options_.self) return become_resigned();
  become_unattached(election_.epoch);
}

}  // namespace klamm::broker::raft
