// What a leader does for a partition's other replicas: follows their progress, keeps the ISR, moves the high watermark, and
// answers producers when enough replicas have their records, and who deletes records when all that live have none of them.
//
//   event                        what happens
//   --------------------------   --------------------------------------------------------------------------------------
//   a new leader epoch           its start is recorded, even if nothing is written in it (KAFKA-7415); followers in the
//                                ISR have the lag time to fetch for the first time; where it is not the next one, another
//                                broker may have led meanwhile: what followers have is not known
//   newer metadata               the committed ISR is theirs; what was proposed is settled by them; so is who is eligible
//                                by those of a change that its answer told of before
//   a follower fetches           its start, end and broker epoch are known; it may join; the high watermark may move;
//                                deletions may be done
//   own log durable              answers of acks=1 leave; the high watermark may move; deletions may be done
//   a broker changes             a fenced one holds the high watermark up no longer (KAFKA-15021), nor deletions, unless it
//                                is in the ISR or eligible to lead without having been in it again (ELR)
//   the controller decides       the ISR is committed, the high watermark looked at again (KAFKA-13091), and the ISR; or the
//                                proposal is taken back, stays until newer metadata, or is made again (authority.hpp)
//   tick                         members that lag leave the ISR; who waited long enough hears REQUEST_TIMED_OUT
//
//   leaves the ISR   not at the leader's end, and not caught up with it for replica.lag.time.max.ms; below the high watermark, at
//                    once: damage on its disk had it cut its log there
//   joins the ISR    at the high watermark and at the start of this epoch at least, unfenced, not shutting down, with the
//                    broker epoch that it is registered with (KIP-841, KIP-903), and without what was deleted for good
//
// One proposal is open at a time. Where the ISR falls below min.insync.replicas, acks=all answers that wait become
// NOT_ENOUGH_REPLICAS_AFTER_APPEND at once: the high watermark is frozen then.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "broker/replica/authority.hpp"
#include "broker/replica/follower_progress.hpp"
#include "broker/replica/isr.hpp"
#include "broker/replica/isr_state.hpp"
#include "broker/replica/partition_ports.hpp"
#include "broker/replica/waiting_answers.hpp"

namespace klamm::broker::replica {

enum class required_acks : std::int16_t { none = 0, leader = 1, all = -1 };

class leader_role {
 public:
  leader_role(surroundings& around, partition_ports ports, leadership led);
  leader_role(const leader_role&) = delete;
  leader_role& operator=(const leader_role&) = delete;

  /// Metadata that are older than what it knows change nothing. Precondition: they are of no older epoch.
  void update(leadership led);
  const leadership& led() const { return led_; }
  const std::vector<node_id>& isr() const { return isr_.committed(); }
  /// Whether it may answer acks=all at all.
  bool enough_in_sync() const;

  /// Records up to `end` were appended; `done` is told when as many have them as `acks` asks for.
  void answer_when_held(required_acks acks, offset end, millis timeout, produced answer,
                        produced_handler done);
  /// Records up to `until` were deleted here; `done` is told when the disk of every replica whose broker lives, or which may lead
  /// when it does, knows (KIP-107): none of them brings them back as a leader.
  void answer_when_deleted(offset until, millis timeout, deleted_handler done);
  /// The log has grown: followers that were at its end lag now.
  void on_appended() { set_alarm(); }
  void on_durable();
  /// Whether it is one of the followers.
  bool follows(node_id id) const { return progress(id) != nullptr; }
  /// Whether the broker has been registered anew since it sent this: what it said then may not be so any more (KIP-903).
  bool is_outdated(const follower_position& said) const;
  /// By a follower that is not outdated.
  void on_follower_fetch(const follower_position& said);
  /// Whether it is one that is throttled while it is not in sync, and has had enough for now (KIP-73).
  bool holds_back(node_id follower) const;
  /// What a follower is about to be given of a throttled replica counts, in sync or not.
  void on_given(std::size_t bytes);
  /// Looks at everything again: after a tick, other brokers, other settings.
  void review();
  /// Who waits for an answer.
  struct waiting {
    waiting_answers<produced> log, commit;
    waiting_answers<deleted> deletion;
    void fail(error_code why);
  };
  /// For later: who is answered shall find that nobody leads here any more.
  waiting give_up() { return std::exchange(waiting_, {}); }

  const follower_progress* progress(node_id id) const;
  /// The furthest of the followers in sync that are in that rack and have `at` (KIP-392); -1 where there is none, or the leader
  /// is in the rack itself.
  node_id nearest(std::string_view rack, offset at) const;

 private:
  void begin_epoch();
  void match_followers();
  bool is_throttled() const;
  bool may_propose() const;
  void shrink_isr();
  void expand_isr(const follower_progress& by);
  void propose();
  void on_decided(leader_epoch in, result<isr_decision> decided);
  void on_accepted(isr_decision decided);
  void on_refused(error_code why);
  void release_deletions();
  std::optional<broker_standing> standing_of(node_id broker) const;
  bool eligible(const follower_progress& follower) const;
  bool may_join(const follower_progress& follower) const;
  bool holds_watermark(const follower_progress& follower) const;
  bool caught_up(const follower_progress& follower) const;
  int needed() const;
  void advance_high_watermark();
  offset low_watermark() const;
  void set_alarm();
  time_point next_lag() const;
  time_point now() const { return around_.clock.steady; }
  void say(log_level level, const std::string& what) const { ports_.say(around_.sink, level, what); }

  surroundings& around_;
  partition_ports ports_;
  leadership led_;
  isr_state isr_;
  std::vector<follower_progress> followers_;  // in the order of the assignment
  offset epoch_start_;
  offset asked_to_delete_, deleted_for_good_;  // up to there; the second is what somebody was promised
  bool unanswered_ = false;                    // a proposal of this epoch is with the controller
  time_point propose_again_at_ = never;        // the same; the answer to the last was no answer
  time_point propose_not_before_{};
  waiting waiting_;
  std::vector<replica_progress> holding_;  // between calls empty; keeps its room
  lifetime life_;
};

}  // namespace klamm::broker::replica
