#include "broker/raft/quorum.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "broker/raft/durable_file.hpp"
#include "broker/raft/wire_forms.hpp"

namespace klamm::broker::raft {
namespace {

/// Records count when they are synced, and only a snapshot lets go of them.
log::log_options metadata_log_options() {
  log::log_options options;
  options.fsync = log::fsync_mode::ack;
  options.delete_old = false;
  return options;
}

log::log_identity metadata_log_identity(const std::string& data_directory) {
  return {{std::string(metadata_topic), partition_id(0)}, metadata_topic_id(), data_directory};
}

/// Says of a damaged file where it is, and how to go on without it.
error unusable(std::string_view file, const std::string& directory, const error& why) {
  return {why.code,
          fmt::format("cannot use {}/{}: {}: restore the file; or, where other nodes have everything, "
                      "start with an empty data directory",
                      directory, file, why.message)};
}

}  // namespace

quorum::quorum(log::log_environment& environment, const instant& clock, quorum_options options,
               raft::peers& peers, quorum_listener& listener)
    : environment_(environment),
      clock_(clock),
      options_(std::move(options)),
      peers_(peers),
      listener_(listener),
      log_(std::make_unique<log::partition_log>(environment, metadata_log_identity(options_.data_directory),
                                                metadata_log_options(), *this)),
      disk_(environment.disk),
      election_file_(disk_, log_directory()) {}

quorum::~quorum() = default;

std::string quorum::log_directory() const {
  return fmt::format("{}/{}-0", options_.data_directory, metadata_topic);
}

bool quorum::votes() const {
  return std::ranges::find(options_.voters, options_.self, &voter::id) != options_.voters.end();
}

std::vector<node_id> quorum::voter_ids() const {
  std::vector<node_id> ids;
  ids.reserve(options_.voters.size());
  for (const auto& v : options_.voters) ids.push_back(v.id);
  return ids;
}

std::vector<node_id> quorum::other_voters() const {
  auto ids = voter_ids();
  std::erase(ids, options_.self);
  return ids;
}

uuid quorum::own_directory() const {
  const auto self = std::ranges::find(options_.voters, options_.self, &voter::id);
  return self == options_.voters.end() ? uuid{} : self->directory;
}

/// A log that a snapshot restarted has no record yet: its position is the snapshot's.
log_position quorum::position() const {
  const auto latest = log_->latest_epoch();
  if (latest.value >= 0) return {latest, log_->end()};
  return {checkpoints_.empty() ? leader_epoch(0) : checkpoints_.back().epoch, log_->end()};
}

time_point quorum::random_timeout() {
  const auto jitter =
      environment_.random.below(static_cast<std::uint64_t>(options_.election_timeout.count()) + 1);
  return after(clock_.steady, options_.election_timeout + millis(jitter));
}

// Opening: directory -> list -> quorum-state -> log -> checkpoint -> run

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
    has_election_file_ |= entry.name == election_file::name;
    if (const auto id = parse_checkpoint_name(entry.name)) checkpoints_.push_back(*id);
  }
  std::sort(checkpoints_.begin(), checkpoints_.end());
  if (!has_election_file_) return load_log(has_log_);
  election_file_.read([this](result<election_state> state) {
    if (!state) return fail(unusable(election_file::name, log_directory(), state.failure()));
    election_ = *state;
    load_log(has_log_);
  });
}

void quorum::load_log(bool found) {
  auto loaded = [this](result<void> done) {
    if (!done) return fail(done.failure());
    if (checkpoints_.empty()) return bootstrap();
    catch_up_with_checkpoint([this](result<void> caught_up) {
      if (!caught_up) return fail(caught_up.failure());
      read_checkpoint([this](result<void> read) { start_running(std::move(read)); });
    });
  };
  if (!found) return log_->create(offset(0), clock_, std::move(loaded));
  log_->load({}, clock_, std::move(loaded));
}

/// A new cluster starts from an empty snapshot that says who votes.
void quorum::bootstrap() {
  const snapshot_id first;
  replace_file(disk_, {log_directory(), checkpoint_name(first), ".part"},
               encode_checkpoint(first, {written_voters(), {}, clock_.wall}),
               [this, first](result<void> done) {
                 keep_checkpoint(first);
                 start_running(std::move(done));
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
              if (!visited)
                return then(unusable(checkpoint_name(newest), log_directory(), visited.failure()));
              listener_.on_batch_end(newest.end - 1, newest.epoch);
              delivered_ = newest.end;
              delivered_epoch_ = newest.epoch;
              high_watermark_ = std::max(high_watermark_, newest.end);
              then({});
            });
}

void quorum::start_running(result<void> loaded) {
  if (state_ != state::opening) return;
  if (!loaded) return fail(loaded.failure());
  state_ = state::running;
  const auto seen = std::max(position().epoch, leader_epoch(0));
  if (seen > election_.epoch) election_ = {seen, node_id(), node_id(), {}};
  if (alone()) return become_candidate();
  if (election_.leader == options_.self) return become_resigned();
  become_unattached(election_.epoch);
}

// Time and the end

std::vector<leader::member> quorum::members() const {
  const auto* const leading = running() ? std::get_if<leader>(&role_) : nullptr;
  return leading ? leading->members(clock_.steady) : std::vector<leader::member>();
}

bool quorum::leading() const { return running() && std::holds_alternative<leader>(role_); }

void quorum::tick() {
  if (!running()) return;
  tick_role();
  if (fetch_at_ <= clock_.steady) {
    fetch_at_ = never;
    fetch_next();
  }
  if (tell_at_ <= clock_.steady) tell_strangers();
  serve_parked();
}

void quorum::close(unique_function<void()> done) {
  if (leading()) end_epoch();
  state_ = state::closed;
  refuse_parked();
  role_ = unattached{};
  log_->close([done = std::move(done)](result<void>) mutable { done(); });
}

void quorum::on_offline(log::partition_log&, const error& why) { fail(why); }

void quorum::fail(error why) {
  if (state_ == state::failed || state_ == state::closed) return;
  state_ = state::failed;
  parked_.clear();
  listener_.on_failed(why);
}

}  // namespace klamm::broker::raft
