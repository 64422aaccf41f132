#include "broker/raft/quorum.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "broker/raft/durable_file.hpp"

namespace klamm::broker::raft {
namespace {

constexpr std::string_view topic = "__cluster_metadata";
constexpr std::string_view election_file = "quorum-state";
constexpr std::size_t delivery_bytes = 1024 * 1024;

/// Records count when they are synced, and only a snapshot lets go of them.
log::log_options metadata_log_options() {
  log::log_options options;
  options.fsync = log::fsync_mode::ack;
  options.delete_old = false;
  return options;
}

log::log_identity metadata_log_identity(const std::string& data_directory) {
  // Kafka's reserved id of the metadata topic.
  uuid id;
  id.bytes.back() = 1;
  return {{std::string(topic), partition_id(0)}, id, data_directory};
}

}  // namespace

quorum::quorum(log::log_environment& environment, const instant& clock, quorum_options options,
               quorum_listener& listener)
    : environment_(environment),
      clock_(clock),
      options_(std::move(options)),
      listener_(listener),
      log_(std::make_unique<log::partition_log>(environment, metadata_log_identity(options_.data_directory),
                                                metadata_log_options(), *this)),
      disk_(environment.disk) {}

quorum::~quorum() = default;

std::string quorum::log_directory() const { return fmt::format("{}/{}-0", options_.data_directory, topic); }

std::vector<node_id> quorum::voter_ids() const {
  std::vector<node_id> ids;
  for (const auto& v : options_.voters) ids.push_back(v.id);
  return ids;
}

// Opening: list -> quorum-state -> log -> checkpoint -> vote

void quorum::open() {
  disk_.submit(log::disk::make_directory{log_directory()}, [this](log::disk_completion& made) {
    if (!made.ok())
      return fail({made.failure, fmt::format("cannot make {}: {}", log_directory(), made.detail)});
    disk_.submit(log::disk::list_directory{log_directory()},
                 [this](log::disk_completion& listing) { on_listed(listing); });
  });
}

void quorum::on_listed(const log::disk_completion& listing) {
  if (!listing.ok())
    return fail({listing.failure, fmt::format("cannot list {}: {}", log_directory(), listing.detail)});
  for (const auto& entry : listing.entries) {
    has_log_ |= entry.name.ends_with(".log");
    has_election_file_ |= entry.name == election_file;
    if (const auto id = parse_checkpoint_name(entry.name)) checkpoints_.push_back(*id);
  }
  std::sort(checkpoints_.begin(), checkpoints_.end());
  if (!has_election_file_) return load_log(has_log_);
  read_election();
}

void quorum::read_election() {
  read_file(disk_, fmt::format("{}/{}", log_directory(), election_file), [this](result<buffer_slice> file) {
    if (!file) return fail(file.failure());
    const auto state = parse_election_state(as_text(file->view()));
    if (!state) return fail(state.failure());
    election_ = *state;
    load_log(has_log_);
  });
}

void quorum::load_log(bool found) {
  auto loaded = [this](result<void> done) {
    if (!done) return fail(done.failure());
    checkpoints_.empty() ? bootstrap() : read_checkpoint();
  };
  if (!found) return log_->create(offset(0), clock_, std::move(loaded));
  log_->load({}, clock_, std::move(loaded));
}

/// A new cluster starts from an empty snapshot that says who votes.
void quorum::bootstrap() {
  const snapshot_id first;
  replace_file(disk_, {log_directory(), checkpoint_name(first), ".part"},
               encode_checkpoint(first, {options_.voters, {}, clock_.wall}),
               [this, first](result<void> done) {
                 checkpoints_.push_back(first);
                 start_voting(std::move(done));
               });
}

void quorum::read_checkpoint() {
  const auto newest = checkpoints_.back();
  read_file(disk_, log_directory() + "/" + checkpoint_name(newest),
            [this, newest](result<buffer_slice> file) {
              if (!file) return fail(file.failure());
              record_visitor deliver = [&](bytes_view value, offset, leader_epoch) {
                listener_.on_committed(value, newest.end - 1, newest.epoch);
              };
              auto visited = visit_checkpoint(*file, deliver);
              if (visited) {
                listener_.on_batch_end(newest.end - 1, newest.epoch);
                delivered_ = newest.end;
                delivered_epoch_ = newest.epoch;
              }
              start_voting(std::move(visited));
            });
}

void quorum::start_voting(result<void> loaded) {
  if (state_ != state::opening) return;
  if (!loaded) return fail(loaded.failure());
  state_ = state::voting;
  election_.epoch = std::max({election_.epoch, log_->latest_epoch(), leader_epoch(0)});
  const bool alone = options_.voters.size() == 1 && options_.voters.front().id == options_.self;
  if (alone) return stand_for_election();
  const auto jitter =
      environment_.random.below(static_cast<std::uint64_t>(options_.election_timeout.count()) + 1);
  role_ = unattached{after(clock_.steady, options_.election_timeout + millis(jitter))};
}

// Elections

void quorum::stand_for_election() {
  ++election_.epoch;
  election_.leader = node_id();
  election_.voted = options_.self;
  const auto self = std::find_if(options_.voters.begin(), options_.voters.end(),
                                 [&](const voter& v) { return v.id == options_.self; });
  election_.voted_directory = self == options_.voters.end() ? uuid{} : self->directory;
  role_ = candidate(voter_ids());
  persist_election([this] { on_election_persisted(); });
}

/// A vote counts when a restart would remember it.
void quorum::on_election_persisted() {
  auto* const standing = std::get_if<candidate>(&role_);
  if (!standing) return;
  standing->grant(options_.self);
  if (standing->elected()) lead();
}

void quorum::lead() {
  const auto granting = std::get<candidate>(role_).granted();
  const auto ids = voter_ids();
  election_.leader = options_.self;
  election_.voted = node_id();
  election_.voted_directory = {};
  role_ = leader(ids, log_->end());
  announced_ = false;
  persist_election([] {});  // only tells a restart whom to ask first
  log_->begin_epoch(election_.epoch);
  const auto batch = encode_leader_change(options_.self, options_.voters, granting, clock_.wall);
  const auto appended = log_->append_as_leader(batch, election_.epoch, log::append_origin::quorum, clock_);
  if (!appended) fail(appended.failure());
}

void quorum::persist_election(unique_function<void()> then) {
  const auto json = to_json(election_);
  replace_file(disk_, {log_directory(), std::string(election_file)},
               byte_chain(buffer_slice::copy(as_bytes_view(json))),
               [this, then = std::move(then)](result<void> done) mutable {
                 if (!done) return fail(done.failure());
                 then();
               });
}

// The log

result<offset> quorum::append(std::span<const record_value> values) {
  if (!leading()) return {error_code::not_leader_or_follower};
  assert(!values.empty());
  const auto batch = encode_batch(values, log_->end(), election_.epoch, clock_.wall);
  const auto appended = log_->append_as_leader(batch, election_.epoch, log::append_origin::quorum, clock_);
  if (!appended) return appended.failure();
  bytes_since_snapshot_ += batch.size();
  return appended->last + 1;
}

void quorum::on_durable(log::partition_log& log) {
  auto* const leading = std::get_if<leader>(&role_);
  if (!leading) return;
  leading->acknowledge(options_.self, log.flushed_end());
  advance_high_watermark();
}

void quorum::advance_high_watermark() {
  const auto reached = std::get<leader>(role_).high_watermark();
  if (!reached || *reached <= high_watermark_) return;
  high_watermark_ = *reached;
  log_->set_high_watermark(high_watermark_);
  deliver();
}

void quorum::deliver() {
  if (delivering_ || state_ != state::voting) return;
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
    delivered_epoch_ = epoch;
  };
  if (const auto visited = visit_records(read->batches, visit); !visited) return fail(visited.failure());
  if (read->next <= delivered_)
    return fail({error_code::corrupt_message, "the metadata log ends below its high watermark"});
  delivered_ = read->next;
  listener_.on_batch_end(delivered_ - 1, delivered_epoch_);
  deliver();
}

void quorum::maybe_snapshot() {
  if (snapshotting_ || bytes_since_snapshot_ < options_.snapshot_after_bytes) return;
  snapshotting_ = true;
  bytes_since_snapshot_ = 0;
  const snapshot_id id{delivered_, delivered_epoch_};
  const auto records = listener_.snapshot_records();
  replace_file(disk_, {log_directory(), checkpoint_name(id), ".part"},
               encode_checkpoint(id, {options_.voters, records, clock_.wall}), [this, id](result<void> done) {
                 snapshotting_ = false;
                 if (!done) return fail(done.failure());
                 checkpoints_.push_back(id);
                 if (auto moved = log_->advance_start(id.end); !moved) return fail(moved.failure());
                 remove_older_checkpoints();
               });
}

void quorum::remove_older_checkpoints() {
  while (checkpoints_.size() > 1) {
    disk_.submit(log::disk::remove{log_directory() + "/" + checkpoint_name(checkpoints_.front())});
    checkpoints_.erase(checkpoints_.begin());
  }
}

// Time and the end

bool quorum::leading() const { return state_ == state::voting && std::holds_alternative<leader>(role_); }

void quorum::tick() {
  const auto* const waiting = std::get_if<unattached>(&role_);
  if (state_ == state::voting && waiting && clock_.steady >= waiting->election_at) stand_for_election();
}

time_point quorum::deadline() const {
  const auto* const waiting = std::get_if<unattached>(&role_);
  return state_ == state::voting && waiting ? waiting->election_at : never;
}

void quorum::close(unique_function<void()> done) {
  state_ = state::closed;
  role_ = unattached{};
  log_->close([done = std::move(done)](result<void>) mutable { done(); });
}

void quorum::on_offline(log::partition_log&, const error& why) { fail(why); }

void quorum::fail(error why) {
  if (state_ == state::failed || state_ == state::closed) return;
  state_ = state::failed;
  listener_.on_failed(why);
}

}  // namespace klamm::broker::raft
