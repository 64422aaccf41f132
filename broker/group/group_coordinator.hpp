// The groups of one partition of __consumer_offsets, while this node leads it.
//
//   hard state (replayed records)                     soft state (made on loading, gone with the leadership)
//   -----------------------------------------------   -------------------------------------------------------
//   committed offsets, pending transactional ones     a classic_group each: rounds, sessions, parked replies
//   the last record of each group                     replies parked until what they say is committed
//
//   phase      event              next       commands are answered
//   --------   ----------------   --------   ------------------------------------------
//   loading    on_loaded          active     COORDINATOR_LOAD_IN_PROGRESS
//   active     on_unloaded        unloaded   as they should be
//   unloaded                                 NOT_COORDINATOR
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline_queue.hpp"
#include "base/entropy.hpp"
#include "base/faults.hpp"
#include "base/unique_function.hpp"
#include "broker/coordinator/commit_queue.hpp"
#include "broker/coordinator/partition.hpp"
#include "broker/group/classic_group.hpp"
#include "broker/group/committed_offsets.hpp"
#include "wire/messages/describe_groups.hpp"
#include "wire/messages/leave_group.hpp"
#include "wire/messages/list_groups.hpp"

namespace klamm::broker::group {

struct group_options {
  group_limits limits;
  /// offset.metadata.max.bytes
  std::size_t max_metadata_bytes = 4096;
  /// offsets.retention.minutes: counted from when the group became empty, or from the commit if it never had members.
  duration offsets_retention = std::chrono::hours(24 * 7);
  /// offsets.retention.check.interval.ms
  duration expiry_interval = std::chrono::minutes(10);
};

struct offset_to_commit {
  topic_partition at;
  klamm::offset next;
  klamm::leader_epoch leader_epoch;
  std::string_view metadata;
};

struct offset_commit_command {
  std::string_view group, member_id;
  std::optional<std::string_view> instance_id;
  generation_id generation;
  std::vector<offset_to_commit> offsets;
  /// How long they are kept (OffsetCommit 2 to 4); none: for as long as the group is (KIP-211).
  std::optional<millis> retention = {};
};

/// The outcomes of a command that names many things, in the order in which it named them.
using each_reply = unique_function<void(std::span<const error_code>)>;
using group_reply = unique_function<void(error_code)>;
/// For the group as a whole, and for each thing named.
using group_and_each_reply = unique_function<void(error_code, std::span<const error_code>)>;

class group_coordinator final : public coordinator::state_machine, private classic_group_host {
 public:
  group_coordinator(group_options options, coordinator::partition& partition, entropy_source& entropy,
                    fault_injector* faults = nullptr);

  // What the log says.
  void replay(const coordinator::replayed_record& record) override;
  void replay_end_of_transaction(producer_id producer, bool committed) override;
  void on_loaded(instant now) override;
  void on_committed(offset high_watermark, instant now) override;
  void on_unloaded(instant now) override;

  void tick(instant now);
  time_point deadline() const;

  // What members say.
  void join(const wire::join_group_request& request, const group_caller& from, join_reply reply, instant now);
  void sync(const wire::sync_group_request& request, sync_reply reply, instant now);
  error_code heartbeat(std::string_view group, std::string_view member_id,
                       std::optional<std::string_view> instance_id, generation_id generation, instant now);
  /// `reply` hears of each member that the request names.
  void leave(const wire::leave_group_request& request, each_reply reply, instant now);

  // Offsets.
  void commit(const offset_commit_command& command, each_reply reply, instant now);
  /// Runs `then` once everything that the log says of the group's offsets is committed: offsets() may then be shown.
  void when_readable(std::string_view group, group_reply then);
  const committed_offsets& offsets() const { return offsets_; }
  /// Forgets offsets of topics that no member subscribes to (else GROUP_SUBSCRIBED_TO_TOPIC for the partition). As a
  /// whole: GROUP_ID_NOT_FOUND, or NON_EMPTY_GROUP where it is not known what the members read.
  void delete_offsets(std::string_view group, const std::vector<topic_partition>& of,
                      group_and_each_reply reply, instant now);

  /// Forgets what every group has committed for topics that are gone: one of the same name will be another.
  void forget_topics(const std::function<bool(std::string_view topic)>& gone, instant now);

  // Administration. GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP.
  void delete_group(std::string_view group, group_reply reply, instant now);
  /// Describes what the group is at this moment; `out` borrows from the coordinator until its next command.
  error_code describe(std::string_view group, wire::describe_groups_response::described_group& out) const;
  error_code list(std::vector<wire::list_groups_response::listed_group>& out) const;

 private:
  using groups_map = std::map<std::string, classic_group, std::less<>>;
  struct group_log {
    /// The value of the last group record; empty: none, or a tombstone.
    std::optional<std::vector<std::byte>> value;
    /// The end of the last record that says something of the group.
    offset touched{0};
  };

  const group_limits& limits() const override { return options_.limits; }
  std::string new_member_id(std::string_view prefix) override;
  void write_group(classic_group& group, generation_id generation, instant now) override;

  classic_group* find(std::string_view group);
  classic_group& find_or_make(std::string_view group, instant now);
  error_code refuse(std::string_view group) const;
  error_code check_commit(const offset_commit_command& command, instant now);
  /// Appends and parks; `reply` hears of the records' commit, or why they could not be appended.
  void append(std::span<const coordinator::new_record> records, group_reply reply, instant now);
  void reschedule(const classic_group& group);
  group_log& log_of(std::string_view group);

  void expire(instant now);
  bool expired(const classic_group& group, const committed_offset& offset, instant now) const;
  void prune_logs();
  /// As many batches as it takes: what one of them says means nothing for the others. The end of the last.
  result<offset> append_in_parts(std::span<const coordinator::new_record> records, instant now);
  std::vector<coordinator::new_record> forget_group(std::string_view group) const;

  group_options options_;
  coordinator::partition& partition_;
  entropy_source& entropy_;
  fault_injector* faults_;

  committed_offsets offsets_;
  std::map<std::string, group_log, std::less<>> logs_;

  error_code phase_ = error_code::coordinator_load_in_progress;
  groups_map groups_;
  deadline_queue<std::string> deadlines_;
  time_point next_expiry_ = never;
  coordinator::commit_queue commits_;
  /// The time of the event that is being handled, for what runs when a commit comes.
  instant now_;
};

}  // namespace klamm::broker::group
