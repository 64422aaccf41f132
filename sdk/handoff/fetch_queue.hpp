// Where fetched records wait for the application: the consumer's half of the hand-off.
//
// A partition and its records:
//
//   event \ state   idle (nothing waits)     waiting                    leased to one taker
//   -------------   ----------------------   ------------------------   ---------------------------------------
//   deliver         waiting                  appended                   appended, comes with the next lease
//   take            -                        leased, with all runs      - (order: one taker at a time)
//   lease returned  -                        -                          what was not passed waits in front again
//   seek            position moves           what waits is dropped      the lease ends, the loop skips the rest
//   truncated       back to the log's end    what waits is dropped      the lease ends, the loop skips the rest
//   unassigned      gone                     gone                       the lease ends, gone
//   pause           not taken until resume   not taken until resume     unchanged: the loop goes on
//   tell            as pause, until tell_over: the application hears first that it has them, or that it is to let go of them
//
// Positions. `position` is the first record that no loop has passed. `settled` is the position as of leases that were already back
// when a poll last began: what may be committed without the loop saying so, even if records are gathered first and processed after.
//
// Bound to transactions (fetch_bound.cpp), those alone commit positions, and an abort takes them back to the anchor: where the
// position's life began, or what was committed since.
//
// One lock guards the queue; it is never held while something is decoded, decompressed or called back.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "client/commands.hpp"
#include "client/fetch_sink.hpp"
#include "client/options.hpp"
#include "handoff/lease.hpp"
#include "handoff/takers.hpp"

namespace klamm::handoff {

struct fetch_queue_options {
  /// Bytes that may wait; and how far one batch may grow when it is decompressed.
  std::size_t budget = 64 << 20;
  std::size_t max_decompressed = 256 << 20;
  /// What one take hands out at most; 0: what is there.
  std::size_t max_records = 0, max_partitions = 0;
  std::function<time_point()> clock{};
};

/// What the queue asks of the client around it. From any thread, without the lock unless said otherwise.
struct fetch_queue_hooks {
  /// The loop took records and there is room again.
  std::function<void()> room_freed;
  /// A rebalance has to be answered by client_core::rebalance_done(id).
  std::function<void(const client::rebalance_event&)> rebalance;
  /// Whether a take has something to do changed: for a descriptor. Called under the lock, so that changes stay in order.
  std::function<void(bool)> ready;
};

class fetch_queue final : public client::fetch_sink {
 public:
  fetch_queue(fetch_queue_options options, fetch_queue_hooks hooks);
  ~fetch_queue() override;

  // The machine's side.
  std::size_t room() const override;
  std::vector<const topic_partition*> hungry() const override;
  client::position_epoch assigned(const topic_partition& at) override;
  void unassigned(const topic_partition& at) override;
  void positioned(const topic_partition& at, client::position_epoch epoch, offset start,
                  leader_epoch leader) override;
  std::optional<client::fetch_start> truncated(const topic_partition& at, client::position_epoch epoch,
                                               offset end, leader_epoch leader) override;
  void deliver(client::fetched_run run) override;
  void watermarks(const topic_partition& at, offset high_watermark, offset last_stable,
                  offset log_start) override;
  void failed(const std::optional<topic_partition>& at, client::position_epoch epoch,
              const error& why) override;
  void out_of_group(const std::optional<error>& why) override;
  void rebalance(const client::rebalance_event& event) override;
  void withdraw_rebalance() override;
  time_point waiting_since() const override;
  /// None where transactions commit.
  std::vector<client::committed_offset> settled() const override;
  client::sink_load load() const override;

  // The takers' side, from any thread.
  using leases = std::vector<std::shared_ptr<lease>>;
  /// Records, each partition's under its lease; none where nothing waits. A failure that was not told yet comes first.
  result<leases> try_take();
  /// Waits until there is something, `deadline` (on the clock's axis), a stop, a wakeup, or the end.
  result<leases> take(time_point deadline, std::stop_token stop);
  /// Calls `retry` once as soon as try_take may have something to say; without the lock, on the thread that brought it.
  taker_id when_ready(unique_function<void()> retry);
  /// False: `retry` was or is being called.
  bool forget(taker_id taker);
  /// Of a taker that was called and does not try: somebody else's turn.
  void pass_on();
  /// Calls `then` when somebody polls, or at once if somebody is waiting: from the thread of that poll, or this one.
  void when_polled(unique_function<void()> then);
  /// `call` is called by the next take before it takes anything, or by one that waits, and never while another such call runs; of
  /// these partitions nothing is handed out until tell_over.
  void tell(const std::vector<topic_partition>& of, unique_function<void()> call);
  void tell_over(const std::vector<topic_partition>& of);
  /// For a call that tells something by itself: until end_telling no other is made. False: one runs.
  bool begin_telling();
  void end_telling();
  /// Ends one waiting take, or the next, with nothing.
  void wakeup();
  /// Whether a wakeup came since the last take that it ended; it is then used up.
  bool take_wakeup();
  /// Takes the lease back; nobody shows its records any more.
  void give_back(lease& returned);

  /// The first record not passed; -1: not known yet.
  offset position(const topic_partition& at) const;
  std::optional<std::int64_t> lag(const topic_partition& at, client::isolation level) const;
  std::vector<topic_partition> assignment() const;
  /// Positions to commit: of all partitions that have one; `settled_only`: as of the last poll.
  std::vector<client::committed_offset> positions(bool settled_only) const;

  /// Starts another life of the position; the caller tells the machine. Nothing: the partition is not assigned, or not yet, since
  /// the machine has still to carry out an assign: then the seek is kept for take_early_seek.
  std::optional<client::position_epoch> seek(const topic_partition& at, const client::place& to);
  /// On the machine's thread, in turn with its commands: the seek that came before the assignment did. Its epoch is in force since
  /// then, so nothing from before it is handed out. Nothing: the partition was not assigned at all.
  std::optional<client::seek_command> take_early_seek(const topic_partition& at);
  void pause(const topic_partition& at);
  void resume(const topic_partition& at);

  // The transactions' side, from any thread.
  /// From now on transactions alone commit; the first begins at what is settled.
  void bind();
  bool bound() const;
  /// The places that were passed and not committed; nothing: a partition was taken away of which records were passed.
  std::optional<std::vector<client::committed_offset>> uncommitted();
  bool torn() const;
  /// A transaction has committed these.
  void committed(const std::vector<client::committed_offset>& places);
  /// Takes all positions back to their anchors; to be told to the machine.
  std::vector<client::seek_command> rewind();

  /// Everything from now on answers `why`.
  void shut(error why);

 private:
  struct line;
  struct delayed;  // what is called once the lock was let go
  class blocked_taker;

  line* find(const topic_partition& at);
  const line* find(const topic_partition& at) const;
  line* find(const topic_partition& at, client::position_epoch epoch);

  void list(line& of, delayed& after);
  void unlist(line& of);
  void unsettle(line& of);
  void drop_waiting(line& of);
  void set_failure(line& of, std::optional<error> why);
  void end_lease(line& of);
  void drop(line& of);
  client::position_epoch start_life(line& of, passed_place from);
  void set_busy();
  void set_told(const topic_partition& at, bool told, delayed& after);
  void tell_what_is_due();
  void tell_ready();
  bool has_something() const;

  void settle();
  std::optional<error> due_failure(bool idle);
  result<leases> take_locked(bool idle, delayed& after);
  std::shared_ptr<lease> lease_out(line& of, const std::shared_ptr<record_allowance>& allowance,
                                   delayed& after);
  result<leases> try_take(bool idle);
  void run(delayed& after) const;

  const fetch_queue_options options_;
  const fetch_queue_hooks hooks_;

  mutable std::mutex lock_;
  std::map<topic_partition, line> lines_;
  std::deque<line*> ready_;       // takeable, in the order in which they became so
  std::vector<line*> unsettled_;  // whose position moved since the last poll began
  std::vector<line*> failing_;    // that are stopped until a seek
  std::deque<error> failures_;    // of the subscription
  std::optional<error> out_of_group_;
  bool out_of_group_told_ = false;
  std::map<topic_partition, client::seek_command> early_seeks_;
  std::vector<unique_function<void()>> when_polled_;
  std::deque<unique_function<void()>> to_tell_;
  bool telling_ = false;  // one of them is being called
  std::size_t told_lines_ = 0;
  takers takers_;
  std::int64_t last_epoch_ = 0;
  std::size_t waiting_bytes_ = 0, leased_bytes_ = 0;
  std::size_t leased_lines_ = 0;
  mutable bool starved_ = false;  // the machine was told that there is little room
  bool wakeup_ = false;
  bool bound_ = false;
  bool torn_ = false;
  bool told_ready_ = false;
  std::optional<error> shut_;
  time_point busy_since_ = never;
};

}  // namespace klamm::handoff
