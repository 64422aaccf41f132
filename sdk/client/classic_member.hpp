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

#include <string>

#include "client/assignor.hpp"
#include "client/group_member.hpp"
#include "wire/messages/heartbeat.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/sync_group.hpp"

namespace klamm::client {

class classic_member final : public group_member {
 public:
  explicit classic_member(const member_surroundings& in);

  void subscribe(subscription to, instant now) override;
  void leave(time_point deadline, unique_function<void(result<void>, instant)> done, instant now) override;

  committer_source committing() const override;
  void commit_refused(const committer& as, error_code code, instant now) override;

  void pump(instant now) override;
  time_point deadline() const override;

 private:
  enum class phase { idle, preparing, ready, joining, assigning, syncing, stable, failed };
  using partition_set = owned_partitions::partition_set;
  using topic_set = subscription::topic_set;

  committer identity() const { return {member_id_, options_.group.instance_id, generation_}; }
  void lose_all(instant now);
  void fail(const error& why, instant now) override;

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
  std::map<std::string, std::size_t, std::less<>> partition_counts(const topic_set& of) const;
  void forget_membership(bool and_id);
  void send_leave(time_point deadline, unique_function<void(result<void>, instant)> done);

  topic_set joined_topics_;
  std::vector<const assignor*> assignors_;
  bool cooperative_ = false;

  phase phase_ = phase::idle;
  bool must_join_ = false;
  std::string member_id_;
  generation_id generation_;
  const assignor* chosen_ = nullptr;
  std::vector<member_subscription> members_;  // while this member leads
  topic_set group_topics_;
  std::map<std::string, std::size_t, std::less<>> assigned_counts_;
  std::uint64_t watched_version_ = 0;
  time_point assign_by_ = never;

  bool beating_ = false;
  time_point next_beat_ = never;
  time_point last_answer_{};
  retry_state retry_;
};

}  // namespace klamm::client
