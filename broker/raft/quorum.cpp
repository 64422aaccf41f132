#include "broker/raft/quorum.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "broker/log/file_names.hpp"
#include "broker/raft/durable_file.hpp"
#include "broker/raft/wire_forms.hpp"

namespace klamm::broker::raft {
namespace {

constexpr auto mark_delay = std::chrono::seconds(5);

/// Records count when they are synced, and only a snapshot lets go of them.
log::log_options metadata_log_options() {
  log::log_options options;
  options.fsync = log::fsync_mode::ack;
  options.delete_old = false;
  return options;
}

log::log_identity metadata_log_identity(const std::string& data_directory) {
  return {{std::string(metadata_topic), partition_id(0)}, metadata_topic_id(), data_directory, true};
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
      election_file_(disk_, {log_directory(), std::string(election_file_name)}),
      mark_file_(disk_, {log_directory(), std::string(log::recovery_checkpoint_name)}),
      voters_(options_.static_voters ? options_.voters : std::vector<voter>()) {}

quorum::~quorum() = default;

std::string quorum::log_directory() const {
  return fmt::format("{}/{}-0", options_.data_directory, metadata_topic);
}

std::vector<node_id> quorum::voter_ids() const {
  std::vector<node_id> ids;
  ids.reserve(voters().size());
  for (const auto& v : voters()) ids.push_back(v.id);
  return ids;
}

/// Who removed itself and crashed may have the only whole log: those who are left would not get its vote, nor it be one of them
/// (Ongaro's dissertation, 4.2.2).
bool quorum::stands() const {
  if (votes()) return true;
  const auto changed_at = voters_.voters_at();
  if (!changed_at || *changed_at < high_watermark_) return false;
  return find_voter(voters_.before(*changed_at).voters, self()) != nullptr;
}

std::vector<voter> quorum::other_voters() const { return without_voter(voters(), options_.self); }

voter quorum::own_entry() const {
  voter own{options_.self, options_.directory, {}, {}};
  for (const auto& at : options_.listeners) own.add_listener(at);
  return own;
}

/// What is configured of a node that has no listener of its own stays as it is.
bool quorum::needs_update(const voter& own) const {
  const auto* const written = find_voter(voters(), self());
  return written && !own.listener.empty() && *written != own;
}

known_leader quorum::known() const {
  known_leader said{election_.epoch, election_.leader, {}};
  const auto own = own_entry();
  const auto* const at =
      said.node == options_.self && !own.host.empty() ? &own : find_voter(voters(), said.node);
  if (at) said.at = {at->host, at->port};
  return said;
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
  if (mark_at_ <= clock_.steady) {
    mark_synced([this](result<void> marked) {
      if (!marked) fail(marked.failure());
    });
    mark_soon();  // what was held back
  }
  look_at_change();
  end_overdue_change();
  look_at_own_vote();
  serve_parked();
}

void quorum::close(unique_function<void()> done) {
  if (leading()) end_epoch();
  end_change(error_code::not_leader_or_follower, "the leader is being stopped");
  const bool usable = running();
  state_ = state::closed;
  refuse_parked();
  role_ = unattached{};
  log_->close([this, usable, done = std::move(done)](result<void> closed) mutable {
    if (!closed || !usable) return done();
    mark_synced([done = std::move(done)](result<void>) mutable { done(); });
  });
}

// What damage is told by from what a crash left half written

void quorum::mark_soon() {
  if (mark_at_ == never && marked_ < log_->flushed_end()) mark_at_ = after(clock_.steady, mark_delay);
}

void quorum::mark_synced(log::done_handler done) {
  mark_at_ = never;
  marked_ = log_->recovery_point();
  mark_file_.keep(log::write_offset_checkpoint({{log_->identity().partition, marked_}}), std::move(done));
}

/// The mark must not claim what the log will not have.
void quorum::before_truncation(log::partition_log& log, log::done_handler ready) {
  if (log.recovery_point() >= marked_) return ready({});
  mark_synced(std::move(ready));
}

void quorum::on_offline(log::partition_log&, const error& why) { fail(why); }

void quorum::fail(error why) {
  if (state_ == state::failed || state_ == state::closed) return;
  state_ = state::failed;
  parked_.clear();
  change_.reset();
  listener_.on_failed(why);
}

}  // namespace klamm::broker::raft
