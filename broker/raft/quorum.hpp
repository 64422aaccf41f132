// The metadata quorum (KRaft): one member's part in electing a leader and in agreeing on the metadata log.
//
//   state      what it does                                                      leaves it by
//   --------   ---------------------------------------------------------------   ------------------------------------------
//   opening    reads quorum-state, the newest checkpoint and the log             everything read: running; damage in what
//                                                                                was synced: failed
//   running    plays its role (roles.hpp), delivers what is committed            close(), a failed disk
//   failed     nothing: without its metadata the process has to end              -
//   closed     nothing                                                           -
//
// The leader appends its batches and followers fetch them; what a follower asks for says that it has synced everything before.
// Committed is what a majority of the voters has synced. Committed records are delivered in order, each once, a snapshot
// first. on_leader() comes after everything before the leader's own epoch is delivered, so that who hears it decides on the
// whole state.
//
//   quorum.cpp              time, closing, who is who           quorum_opening.cpp     from the disk to the first role
//   quorum_election.cpp     votes and changes of role           quorum_following.cpp   fetching, truncation, snapshots of others
//   quorum_leading.cpp      serving fetches, the high watermark quorum_delivery.cpp    committed records, own snapshots
//   quorum_voters.cpp       changes of who votes (KIP-853)      quorum_joining.cpp     what a follower says of itself for that
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "broker/log/checkpoint_files.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/raft/checkpoint.hpp"
#include "broker/raft/control_records.hpp"
#include "broker/raft/election_state.hpp"
#include "broker/raft/kept_text.hpp"
#include "broker/raft/messages.hpp"
#include "broker/raft/roles.hpp"
#include "broker/raft/voters.hpp"

namespace klamm::broker::raft {

struct quorum_options {
  std::string data_directory;  // of the metadata: the log's own directory is in it
  node_id self;
  uuid directory;
  /// Where this node's controller is reached, first by other controllers; empty: where the voters say.
  std::vector<listener_address> listeners;
  std::vector<voter> voters;
  /// The voters are configured (controller.quorum.voters) and count while the log says nothing (kraft.version 0). Otherwise
  /// those that a new log begins with (kraft.version 1); none: it is fetched from those who have it.
  bool static_voters = false;
  /// Who is asked for the leader besides the voters (controller.quorum.bootstrap.servers): numbers that no node has.
  std::vector<node_id> bootstrap;
  /// Whether an observer makes itself a voter (controller.quorum.auto.join.enable, KIP-1186).
  bool auto_join = false;
  /// metadata.log.max.record.bytes.between.snapshots
  std::uint64_t snapshot_after_bytes = 20 * 1024 * 1024;
  millis election_timeout{1000};  // randomised up to twice; a lone voter does not wait
  millis fetch_timeout{2000};     // controller.quorum.fetch.timeout.ms
  millis fetch_wait{500};         // how long a leader keeps a fetch that it has nothing for
  millis retry_backoff{20};       // controller.quorum.retry.backoff.ms
  millis request_timeout{2000};   // controller.quorum.request.timeout.ms: of a change of the voters too
};

/// What the metadata layer hears. Called from within the quorum's events, never from within a call to it, but for
/// on_committed() and on_batch_end(), which append() may bring forth.
class quorum_listener {
 public:
  virtual ~quorum_listener() = default;
  /// What was delivered before is to be forgotten: a snapshot follows, which builds the state from nothing.
  virtual void on_snapshot() = 0;
  virtual void on_committed(bytes_view value, offset at, leader_epoch epoch) = 0;
  /// What was delivered up to `last` belongs together: a whole batch, or a snapshot.
  virtual void on_batch_end(offset last, leader_epoch epoch) = 0;
  virtual void on_leader(leader_epoch epoch) = 0;
  /// It leads no more. What it appended may or may not come to be committed.
  virtual void on_resigned(leader_epoch epoch) = 0;
  /// Committed or not: these vote now.
  virtual void on_voters(std::span<const voter> voters) = 0;
  virtual void on_failed(const error& why) = 0;
  /// The committed state as records that build it from nothing.
  virtual std::vector<record_value> snapshot_records() = 0;
};

class quorum final : public log::log_listener {
 public:
  /// `clock` is what the node was last told of the time; all five outlive the quorum.
  quorum(log::log_environment& environment, const instant& clock, quorum_options options, raft::peers& peers,
         quorum_listener& listener);
  ~quorum() override;

  void open();
  /// Appends as one batch, and returns the offset after it. NOT_LEADER_OR_FOLLOWER unless leading.
  result<offset> append(std::span<const record_value> values);
  void tick();
  time_point deadline() const;
  /// A leader tells the others that its epoch ends.
  void close(unique_function<void()> done);

  // What other members ask. Each is answered once, perhaps later; a closed quorum answers nothing more.
  void on(const vote_request& asked, reply<vote_response> answer);
  void on(const begin_epoch_request& told, reply<epoch_response> answer);
  void on(const end_epoch_request& told, reply<epoch_response> answer);
  void on(const fetch_request& asked, reply<fetch_response> answer);
  void on(const snapshot_request& asked, reply<snapshot_response> answer);
  void on(const versions_request& asked, reply<versions_response> answer);
  void on(const add_voter_request& asked, reply<change_response> answer);
  void on(const remove_voter_request& asked, reply<change_response> answer);
  void on(const update_voter_request& asked, reply<update_voter_response> answer);
  /// UpdateFeatures of kraft.version: none where it may be done or is done, and what stands against it otherwise. What it
  /// appends counts at once.
  result<void> upgrade(std::int16_t version, bool validate_only);

  bool leading() const;
  leader_epoch epoch() const { return election_.epoch; }
  node_id leader_id() const { return election_.leader; }
  const raft::role& role() const { return role_; }
  offset high_watermark() const { return high_watermark_; }
  offset end() const { return log_->end(); }
  offset start() const { return log_->start(); }
  std::span<const voter> voters() const { return voters_.voters(); }
  /// KIP-853: 1 where the log says who votes.
  std::int16_t kraft_version() const { return voters_.version(); }
  std::optional<offset> voters_at() const { return voters_.voters_at(); }
  replica_key self() const { return {options_.self, options_.directory}; }
  bool votes() const { return find_voter(voters(), self()) != nullptr; }
  /// What the leader knows of the others and of itself; empty for a follower.
  std::vector<leader::member> members() const;

 private:
  enum class state { opening, running, failed, closed };
  struct parked_fetch {
    fetch_request asked;
    reply<fetch_response> answer;
    time_point until;
  };

  void on_durable(log::partition_log& log) override;
  void before_truncation(log::partition_log& log, log::done_handler ready) override;
  void on_offline(log::partition_log& log, const error& why) override;

  /// What a leader is doing about a change of the voters: one at a time.
  struct pending_change {
    voter added;  // of node -1: one is removed
    bool ack_when_committed = true;
    reply<change_response> answer;
    time_point until;
    std::optional<offset> at;  // of the new set; null: the new voter is being asked what it can do
  };

  // quorum_opening.cpp
  void on_listed(const log::disk_completion& listing);
  void read_election(log::done_handler then);
  void read_mark(log::done_handler then);
  void take_mark(const result<log::offset_checkpoint>& read);
  void load_log();
  offset needed() const;
  void bootstrap();
  void read_checkpoint(log::done_handler then);
  void catch_up_with_checkpoint(log::done_handler then);
  void read_log(result<void> loaded);
  void read_voters(offset from, log::done_handler then);
  void start_running(result<void> loaded);
  void begin_role();

  // quorum.cpp
  void mark_soon();
  void mark_synced(log::done_handler done);
  void fail(error why);
  void fail_disk(std::string_view doing, const std::string& what, const log::disk_completion& how);
  bool running() const { return state_ == state::running; }
  /// What is asked while it opens is heard when it runs, since the asker waits for an answer; later nobody is answered.
  template <class Request, class Response>
  void keep_for_later(const Request& asked, reply<Response> answer) {
    if (state_ == state::opening)
      early_.push_back([this, asked, answer = std::move(answer)]() mutable { on(asked, std::move(answer)); });
  }
  /// Whether it may be elected: it votes, or did before a change that may not be committed yet.
  bool stands() const;
  bool alone() const { return voters().size() == 1 && votes(); }
  std::vector<node_id> voter_ids() const;
  std::vector<voter> other_voters() const;
  /// As the voters are to have it.
  voter own_entry() const;
  bool needs_update(const voter& own) const;
  std::string log_directory() const;
  log_position position() const;
  known_leader known() const;
  time_point random_timeout();

  // quorum_election.cpp
  void leave_role();
  void become_unattached(leader_epoch epoch);
  void become_follower(const known_leader& of);
  void become_prospective();
  void become_candidate();
  void become_leader();
  void end_epoch();
  void resign();
  void become_resigned();
  /// Follows what an answer or a request says of the epoch and its leader.
  void hear_of(const known_leader& said);
  bool is_meant(const replica_key& asked) const;
  bool may_grant(const vote_request& asked) const;
  bool gives_way_to(const vote_request& asked) const;
  void ask_for_votes(bool pre_vote);
  void on_vote(node_id from, bool pre_vote, leader_epoch asked_in, const result<vote_response>& came);
  void on_ballot();
  void tell_strangers();
  void keep_election(unique_function<void()> then);
  void tick_role();

  // quorum_leading.cpp
  std::optional<error_code> refuse_fetch(leader_epoch in) const;
  std::optional<error_code> refuse_replica(const replica_key& by, leader_epoch in) const;
  fetch_response about_log(const fetch_request& asked) const;
  bool worth_answering(const fetch_request& asked) const;
  void serve(const fetch_request& asked, reply<fetch_response> answer);
  void serve_parked();
  void refuse_parked();
  void advance_high_watermark(offset to);
  void count_own_end();
  result<log::append_info> append_control(const control_values& values);

  // quorum_following.cpp
  bool may_fetch() const;
  void fetch_next();
  std::vector<node_id> who_may_know() const;
  void fetch_from(node_id from);
  template <class Response>
  bool still_asking(std::uint64_t round, const result<Response>& came);
  void say_other_cluster();
  void on_fetched(std::uint64_t round, result<fetch_response> came);
  void take(const fetch_response& came);
  void refuse_damage(const error& why);
  result<void> check_snapshot(const buffer_slice& file) const;
  result<void> follow_voting(const buffer_slice& batches);
  void truncate_to(const log::epoch_end& diverging);
  void load_snapshot();
  void on_snapshot_part(std::uint64_t round, result<snapshot_response> came);
  void adopt_snapshot(const snapshot_id& id);
  void ask_again_later();

  // quorum_voters.cpp
  bool epoch_is_committed() const;
  std::optional<change_response> refuse_change();
  void on_versions(const replica_key& of, const result<versions_response>& came);
  std::optional<offset> change_voters(std::vector<voter> voters);
  void end_change(error_code how, std::string message);
  void look_at_change();
  void end_overdue_change();
  void voters_changed();

  // quorum_joining.cpp
  void look_at_own_vote();
  void ask_to_join();

  // quorum_delivery.cpp
  void deliver();
  void on_read(result<log::read_result> read);
  void maybe_snapshot();
  void keep_checkpoint(const snapshot_id& id);
  void remove_older_checkpoints();

  log::log_environment& environment_;
  const instant& clock_;
  quorum_options options_;
  raft::peers& peers_;
  quorum_listener& listener_;
  std::unique_ptr<log::partition_log> log_;
  log::disk_client disk_;
  kept_text election_file_, mark_file_;
  state state_ = state::opening;
  raft::role role_;
  election_state election_;
  voter_history voters_;
  std::vector<unique_function<void()>> early_;  // what was asked before it runs
  bool voted_ = false;                          // it was a voter in this life
  std::vector<snapshot_id> checkpoints_;        // rising
  bool has_log_ = false, has_election_file_ = false, has_mark_ = false;
  offset marked_{0};  // what mark_file_ says, or is about to: everything below is synced
  time_point mark_at_ = never;

  offset high_watermark_{0};
  offset delivered_{0};  // everything below was handed to the listener
  leader_epoch delivered_epoch_{0};
  bool delivering_ = false, announced_ = false, snapshotting_ = false;
  std::uint64_t bytes_since_snapshot_ = 0;

  // The leader's.
  std::vector<parked_fetch> parked_;
  time_point tell_at_ = never;  // when strangers are told again
  std::optional<pending_change> change_;
  std::vector<voter> told_of_;  // kraft.version 0: what voters said of themselves
  // The follower's.
  std::uint64_t round_ = 0;  // counts the roles: an answer to a fetch of an earlier one is no answer
  bool fetching_ = false;    // a request of this round is out
  bool cutting_ =
      false;  // the log is being truncated, or starts again behind a snapshot: no election meanwhile
  bool told_of_cluster_ = false, damage_said_ = false;
  time_point fetch_at_ = never;         // after a failure
  std::optional<snapshot_id> loading_;  // the leader's snapshot that is being fetched
  byte_chain loaded_;                   // of it
};

}  // namespace klamm::broker::raft
