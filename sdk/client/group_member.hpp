// A member of a classic consumer group (KIP-62, 345, 394, 429, 559), from the first join to leaving.
//
//   phase \ event   subscription changed,      callback done           answer                               heartbeat says
//                   rebalance needed
//   -------------   ------------------------   ---------------------   ----------------------------------   --------------------------
//   idle            -> preparing               -                       -                                    -
//   preparing       -                          -> ready                -                                    (beats; errors wait)
//   ready           -                          -                       coordinator found: join -> joining   -
//   joining         after the sync             -                       MEMBER_ID_REQUIRED: -> ready         -
//                                                                      leader: -> assigning; else sync
//   assigning       -                          -                       all topics known: sync               -
//   syncing         after the sync             -                       assignment: -> stable                -
//   stable          -> preparing               revoked: -> preparing   -                                    REBALANCE_IN_PROGRESS:
//                                                                                                           -> preparing; ILLEGAL_
//                                                                                                           GENERATION, UNKNOWN_MEMBER
//                                                                                                           _ID: lost -> preparing
//   failed          -> preparing               (stays)                 -                                    -
//
//   preparing   eager: everything is revoked; cooperative: only what is no longer subscribed
//   stable      eager: everything is assigned; cooperative: what others get is revoked, what is new assigned, and, if anything was
//               revoked, a second rebalance follows
//   lost        the member was thrown out, failed, or did not poll in max_poll_interval (then it leaves): nothing can be committed
//
// Callbacks never overlap: while one is with the application nothing but heartbeats goes on.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "client/assignor.hpp"
#include "client/fetch_sink.hpp"
#include "client/group_offsets.hpp"
#include "client/positions.hpp"
#include "client/requester.hpp"
#include "wire/messages/heartbeat.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/sync_group.hpp"

namespace klamm::client {

class group_member {
 public:
  using topic_set = std::set<std::string, std::less<>>;
  using filter = std::function<bool(std::string_view)>;

  group_member(const consumer_options& options, const connection_options& connection, requester& requests,
               broker_pool& pool, metadata& known, positions& at, fetch_sink& sink, rng random);

  void subscribe(topic_set topics, instant now);
  void subscribe(filter passes, instant now);
  /// Whether there is a subscription (and so assignments come from the group).
  bool subscribed() const { return !topics_.empty() || passes_ != nullptr; }
  /// Everything is given up without a callback, and the coordinator told. `done`: whether it heard.
  void leave(time_point deadline, unique_function<void(result<void>, instant)> done, instant now);

  void rebalance_done(std::uint64_t id, instant now);
  /// In whose name offsets are committed now.
  committer identity() const { return {member_id_, options_.group.instance_id, generation_}; }
  /// Whether an error of a commit is the member's or the coordinator's, and not of the partition or the offset.
  static bool concerns_member(error_code of_commit);
  /// A commit in this name got such an error: if it is still ours, the member is out or has to join again.
  void commit_refused(const committer& as, error_code code, instant now);

  void pump(instant now);
  time_point deadline() const;

 private:
  enum class phase { idle, preparing, ready, joining, assigning, syncing, stable, failed };
  using partition_set = std::set<topic_partition>;

  // Callbacks.
  void tell(rebalance_event::kind what, partition_set partitions, unique_function<void(instant)> then,
            instant now);
  void give_up(const partition_set& partitions);
  void lose_owned(unique_function<void(instant)> then, instant now);
  void lose_all(instant now);
  void fail(const error& why, instant now);

  // Joining.
  void prepare(instant now);
  void join(instant now);
  wire::join_group_request make_join(api_version version) const;
  void on_join(answer<wire::join_group_response> came, instant now);
  void on_joined(const wire::join_group_response& said, instant now);
  void assign_when_known(instant now);
  std::vector<std::pair<std::string, std::vector<std::byte>>> assign() const;
  void sync(std::vector<std::pair<std::string, std::vector<std::byte>>> assignments, instant now);
  void on_sync(answer<wire::sync_group_response> came, instant now);
  void adopt(partition_set assigned, instant now);
  /// Errors that joining, syncing and heartbeats have in common. False: it is none of them.
  bool on_membership_error(error_code code, const error& why, instant now);

  // Being there.
  void beat(instant now);
  void on_beat(generation_id in, answer<wire::heartbeat_response> came, instant now);
  void watch_poll_interval(instant now);
  void watch_topics();
  topic_set current_topics() const;
  std::map<std::string, std::size_t, std::less<>> partition_counts(const topic_set& of) const;
  bool needs_poll() const { return phase_ == phase::stable && !owned_.empty(); }
  std::optional<destination> coordinator(instant now);
  void forget_membership(bool and_id);
  void send_leave(time_point deadline, unique_function<void(result<void>, instant)> done);

  const consumer_options& options_;
  const connection_options& connection_;
  requester& requests_;
  broker_pool& pool_;
  metadata& metadata_;
  positions& positions_;
  fetch_sink& sink_;
  rng random_;

  topic_set topics_, joined_topics_;
  filter passes_;
  std::vector<const assignor*> assignors_;
  bool cooperative_ = false;

  phase phase_ = phase::idle;
  bool must_join_ = false;
  std::string member_id_;
  generation_id generation_;
  const assignor* chosen_ = nullptr;
  partition_set owned_;
  std::vector<member_subscription> members_;  // while this member leads
  topic_set group_topics_;
  std::map<std::string, std::size_t, std::less<>> assigned_counts_;
  std::uint64_t watched_version_ = 0;
  time_point assign_by_ = never;

  std::uint64_t callback_ = 0;  // its id while it is with the application, or 0
  std::uint64_t next_callback_ = 1;
  unique_function<void(instant)> after_callback_;

  bool beating_ = false;
  time_point next_beat_ = never;
  time_point last_answer_{};
  retry_state retry_;
};

}  // namespace klamm::client
