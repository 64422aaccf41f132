// What a follower does: keeps its log the same as the leader's, cutting it where the two part and copying what it lacks.
//
//   state             what it waits for                      leaves it by
//   ---------------   ------------------------------------   -----------------------------------------------------------
//   awaiting_leader   metadata that name a leader            a newer epoch
//   fetching          the leader's answer, or to be asked    records: flushing; they part: truncating; out of range:
//                     for by the next fetch                  asking_range; an error: backing_off; fenced: awaiting_leader
//   flushing          its own disk                           durable: fetching
//   truncating        its own disk                           cut: flushing
//   asking_range      the leader's first and last offset     below its start: truncating, to begin there; behind its end:
//                                                            truncating; else, and on failure: backing_off
//   backing_off       longer after each failure              tick: fetching
//
// Every fetch says up to where this log is held for good, so it leaves only once the disk has everything before it (under
// fsync=ack: synced). Where the logs part the leader says, by epochs (KIP-595): nothing is cut by the high watermark (KIP-101).
// The high watermark is moved only by answers whose records follow what is here, so after the cut (KAFKA-14704).
#pragma once

#include "broker/replica/leader_link.hpp"
#include "broker/replica/leadership.hpp"
#include "broker/replica/partition_ports.hpp"

namespace klamm::broker::replica {

/// What a fetch says of a follower's log.
struct fetch_position {
  leader_epoch current, last_fetched;
  offset next, log_start, high_watermark;
  bool operator==(const fetch_position&) const = default;
};

class follower_role {
 public:
  enum class state { awaiting_leader, fetching, flushing, truncating, asking_range, backing_off };
  using answer = wire::fetch_response::partition_data;

  follower_role(surroundings& around, partition_ports ports, leadership led);
  ~follower_role();
  follower_role(const follower_role&) = delete;
  follower_role& operator=(const follower_role&) = delete;

  /// Precondition: it is of no older epoch.
  void update(leadership led);
  const leadership& led() const { return led_; }
  const log::log_identity& identity() const { return ports_.log.identity(); }

  state current_state() const { return state_; }
  bool wants_fetch() const { return state_ == state::fetching; }
  /// When a follower that is throttled while it lacks something may take more (KIP-73); `now`, or before, where it may.
  time_point may_take_at() const;
  /// Its disk is at work: the next fetch waits for it, as it would say less than it will in a moment.
  bool holds_fetch_up() const { return state_ == state::flushing || state_ == state::truncating; }
  fetch_position position() const;
  void on_fetched(const answer& said, const fetch_position& asked);
  void on_durable();
  void tick();

 private:
  void start();
  void enter(state next);
  void settle();
  void back_off(std::string_view because);
  bool is_throttled() const;
  void take(const answer& said);
  bool begins_inside(const buffer_slice& batches, offset leader_start) const;
  void follow(offset leader_watermark, offset leader_start);
  void truncate_to(offset to);
  void restart_at(offset start, offset base, unique_function<void()> then);
  log::done_handler when_cut(unique_function<void()> then);
  void ask_range();
  void on_range(const leader_range& leaders);
  void say(log_level level, const std::string& what) const { ports_.say(around_.sink, level, what); }

  surroundings& around_;
  partition_ports ports_;
  leadership led_;
  state state_ = state::awaiting_leader;
  time_point retry_at_ = never;
  std::optional<offset> leader_watermark_;  // as it said last, in this epoch
  growing_pause pause_;
  lifetime life_;
};

}  // namespace klamm::broker::replica
