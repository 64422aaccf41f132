// The metadata quorum (KRaft): one voter's part in electing a leader and in agreeing on the metadata log.
//
//   state      what it does                                                      leaves it by
//   --------   ---------------------------------------------------------------   ------------------------------------------
//   opening    reads quorum-state, the newest checkpoint and the log             everything read: voting; damage: failed
//   voting     plays its role (roles.hpp), delivers what is committed            close(), a failed disk
//   failed     nothing: without its metadata the process has to end              -
//   closed     nothing                                                           -
//
// The leader appends its batches; they are committed when a majority of the voters have synced them. Committed records are
// delivered in order, each once, snapshot first. on_leader() comes after everything before the leader's own epoch is
// delivered, so that who hears it decides on the whole state.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/raft/checkpoint.hpp"
#include "broker/raft/election_state.hpp"
#include "broker/raft/roles.hpp"

namespace klamm::broker::raft {

struct quorum_options {
  std::string data_directory;
  node_id self;
  std::vector<voter> voters;
  /// metadata.log.max.record.bytes.between.snapshots
  std::uint64_t snapshot_after_bytes = 20 * 1024 * 1024;
  millis election_timeout{1000};  // randomised up to twice; a lone voter does not wait
};

/// What the metadata layer hears. Called from within the quorum's events, never from within a call to it, but for
/// on_committed() and on_batch_end(), which append() may bring forth.
class quorum_listener {
 public:
  virtual ~quorum_listener() = default;
  virtual void on_committed(bytes_view value, offset at, leader_epoch epoch) = 0;
  /// What was delivered up to `last` belongs together: a whole batch, or a snapshot.
  virtual void on_batch_end(offset last, leader_epoch epoch) = 0;
  virtual void on_leader(leader_epoch epoch) = 0;
  virtual void on_failed(const error& why) = 0;
  /// The committed state as records that build it from nothing.
  virtual std::vector<record_value> snapshot_records() = 0;
};

class quorum final : public log::log_listener {
 public:
  /// `clock` is what the node was last told of the time; all four outlive the quorum.
  quorum(log::log_environment& environment, const instant& clock, quorum_options options,
         quorum_listener& listener);
  ~quorum() override;

  void open();
  /// Appends as one batch, and returns the offset after it. NOT_LEADER_OR_FOLLOWER unless leading.
  result<offset> append(std::span<const record_value> values);
  void tick();
  time_point deadline() const;
  void close(unique_function<void()> done);

  bool leading() const;
  leader_epoch epoch() const { return election_.epoch; }
  node_id leader_id() const { return election_.leader; }
  offset high_watermark() const { return high_watermark_; }
  offset end() const { return log_->end(); }
  offset start() const { return log_->start(); }
  std::span<const voter> voters() const { return options_.voters; }

 private:
  enum class state { opening, voting, failed, closed };

  void on_durable(log::partition_log& log) override;
  /// The whole log is looked through at boot: no recovery point has to be lowered first.
  void before_truncation(log::partition_log&, log::done_handler ready) override { ready({}); }
  void on_offline(log::partition_log& log, const error& why) override;

  void on_listed(const log::disk_completion& listing);
  void read_election();
  void load_log(bool found);
  void bootstrap();
  void read_checkpoint();
  void start_voting(result<void> loaded);
  void stand_for_election();
  void on_election_persisted();
  void lead();
  void persist_election(unique_function<void()> then);
  void advance_high_watermark();
  void deliver();
  void on_read(result<log::read_result> read);
  void maybe_snapshot();
  void remove_older_checkpoints();
  void fail(error why);
  std::vector<node_id> voter_ids() const;
  std::string log_directory() const;

  log::log_environment& environment_;
  const instant& clock_;
  quorum_options options_;
  quorum_listener& listener_;
  std::unique_ptr<log::partition_log> log_;
  log::disk_client disk_;
  state state_ = state::opening;
  raft::role role_;
  election_state election_;
  std::vector<snapshot_id> checkpoints_;  // rising
  bool has_election_file_ = false, has_log_ = false;
  offset high_watermark_{0};
  offset delivered_{0};  // everything below was handed to the listener
  leader_epoch delivered_epoch_{0};
  bool delivering_ = false, announced_ = false, snapshotting_ = false;
  std::uint64_t bytes_since_snapshot_ = 0;
};

}  // namespace klamm::broker::raft
