// A member of a consumer group of KIP-848: the coordinator assigns, and a heartbeat carries everything.
//
//   phase \ event   subscription changed,   heartbeat answered            FENCED_MEMBER_EPOCH,     callback done   fatal error
//                   time to beat                                          UNKNOWN_MEMBER_ID
//   -------------   ---------------------   ---------------------------   ----------------------   -------------   -----------
//   idle            -> joining              -                             -                        -               -
//   joining         beats with epoch 0      its epoch: -> member          beats again (backoff)    -               -> failed
//   member          beats                   an assignment is the target   lost -> losing           (next step)     -> failed
//   losing          -                       -                             -                        -> joining      -
//   failed          subscribe: -> joining   -                             -                        (stays)         -
//
//   a target is reached in this order:   what is not in it is revoked (the application lets go, positions are committed), what
//                                        is new is assigned, and then the coordinator is told at once what is owned: it gives to
//                                        nobody what a member has not let go
//   topic ids without a name             are looked up; what has a name already goes on meanwhile
//   what a heartbeat says                only what changed since the last one that was answered; all of it after joining and
//                                        after any failure, since nobody knows what arrived
//   losing                               the member was fenced, or did not poll in max_poll_interval (then it leaves)
//   not supported by the broker          `unsupported`, while joining: the classic protocol may be
//
// The member makes its id itself and keeps it (KIP-1082). Heartbeats go on while a callback is with the application.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/uuid.hpp"
#include "client/group_member.hpp"
#include "wire/messages/consumer_group_heartbeat.hpp"

namespace klamm::client {

class consumer_member final : public group_member {
 public:
  explicit consumer_member(const member_surroundings& in);

  void subscribe(subscription to, instant now) override;
  void leave(time_point deadline, unique_function<void(result<void>, instant)> done, instant now) override;

  committer_source committing() const override;
  void commit_refused(const committer& as, error_code code, instant now) override;
  bool unsupported() const override { return unsupported_; }

  void pump(instant now) override;
  time_point deadline() const override;

 private:
  enum class phase { idle, joining, member, losing, failed };
  using topic_set = subscription::topic_set;
  /// The partitions of each topic, by its id.
  using id_set = std::map<uuid, std::vector<partition_id>>;
  using named_partitions = std::map<topic_partition, uuid>;
  /// What a heartbeat says of the member.
  struct told {
    topic_set topics;
    std::string regex;
    id_set owned;
  };
  /// One membership, from a join to its end: commits hold on to theirs.
  struct membership {
    generation_id epoch{0};
    bool over = false;
  };

  // Heartbeats.
  void beat(instant now);
  wire::consumer_group_heartbeat_request make_heartbeat();
  told to_tell() const;
  void on_beat(answer<wire::consumer_group_heartbeat_response> came, instant now);
  void on_alive(const wire::consumer_group_heartbeat_response& said, instant now);
  void on_error(const error& why, instant now);
  void cannot_speak_it(const error& why, instant now);
  void send_leave(time_point deadline, unique_function<void(result<void>, instant)> done);
  void watch_topics();

  // Assignments.
  void reconcile(instant now);
  /// Those partitions of the target whose topics have a name, and the topics that have none.
  std::pair<named_partitions, std::set<uuid>> look_up_target() const;
  void keep_known(const named_partitions& assigned, instant now);
  void move_to(const named_partitions& wanted, instant now);

  void join();
  void end_membership();
  void lose_all(instant now);
  void fail(const error& why, instant now) override;
  void watch_poll_interval(instant now);

  const std::string id_;
  phase phase_ = phase::idle;
  bool unsupported_ = false;
  std::shared_ptr<membership> me_;  // the last one; null before the first join

  named_partitions owned_ids_;
  std::optional<id_set> target_;    // nothing: it is reached
  std::uint64_t looked_up_in_ = 0;  // the version of the metadata that the target's topics were looked up in
  std::uint64_t watched_version_ = 0;

  bool beating_ = false;
  bool news_ = false;  // something to tell before the next heartbeat is due
  std::shared_ptr<membership> beating_for_;
  told telling_;
  std::optional<told> heard_;  // by the coordinator; nothing: all has to be told
  duration interval_;
  time_point next_beat_{};
  retry_state retry_;
};

}  // namespace klamm::client
