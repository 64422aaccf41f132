// One replica of one partition: what it may acknowledge, serve and forget.
//
//   event \ role     offline                   follower                            leader
//   --------------   -----------------------   ---------------------------------   -----------------------------------------
//   lead(self)       -> leader                 -> leader                           another ISR or assignment; in a newer
//                                                                                  epoch the epoch's start
//   lead(other)      -> follower               a newer epoch: from where its log   -> follower; parked answers become
//   lead(nobody)     -> follower, waiting      is, from the leader that is named   NOT_LEADER_OR_FOLLOWER
//   produce          NOT_LEADER_OR_FOLLOWER    NOT_LEADER_OR_FOLLOWER              checks, appends, parks the answer
//   follower fetch   NOT_LEADER_OR_FOLLOWER    NOT_LEADER_OR_FOLLOWER              up to the end of the log
//   log durable      -                         fetches on                          counts itself
//   tick             -                         fetches again                       lagging members, late producers
//   resign           -                         -> offline                          -> offline; NOT_LEADER_OR_FOLLOWER
//   lose             offline for good: it answers KAFKA_STORAGE_ERROR, and so do parked answers
//
// What a leader and a follower do is in leader_role.hpp and follower_role.hpp. While a follower's log is being cut, a change of
// role waits: the newest one counts.
//
//   acks=0, 1  answered when the leader's own log has it, as its fsync mode counts
//   acks=all   answered when the high watermark has passed it; NOT_ENOUGH_REPLICAS before the append, and
//              NOT_ENOUGH_REPLICAS_AFTER_APPEND behind it, while too few replicas are in sync
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/replica/follower_role.hpp"
#include "broker/replica/leader_role.hpp"
#include "broker/replica/settings.hpp"
#include "broker/replica/surroundings.hpp"
#include "broker/replica/watch.hpp"
#include "wire/compression.hpp"

namespace klamm::broker::replica {

/// How one Produce request wants its records taken.
struct produce_how {
  required_acks acks = required_acks::all;
  /// The request has a transactional id.
  bool transactional = false;
  bool zstd_allowed = true;
  /// How long the answer may wait, as `timeout.ms` says; REQUEST_TIMED_OUT then, though the records stay.
  millis timeout{INT32_MAX};
};

enum class isolation : std::int8_t { read_uncommitted = 0, read_committed = 1 };

class partition final : private role_listener {
 public:
  partition(log::partition_log& log, surroundings& around, settings_ptr settings);
  ~partition() override;
  partition(const partition&) = delete;
  partition& operator=(const partition&) = delete;

  const topic_partition& name() const { return log_.identity().partition; }
  const uuid& topic_id() const { return log_.identity().topic_id; }
  log::partition_log& log() { return log_; }
  const log::partition_log& log() const { return log_; }
  const partition_settings& settings() const { return *settings_; }
  watch_list& watchers(watched_for what) { return what == watched_for::commits ? commits_ : appends_; }
  /// By which its deadline is known in the surroundings.
  std::uint64_t number() const { return alarm_.number(); }

  void configure(settings_ptr settings);
  /// What the metadata say now; what is older than what it knows changes nothing.
  void lead(const leadership& now_led);
  void resign();
  /// Its log cannot be used any more, whoever leads.
  void lose();
  bool leading() const { return leader() != nullptr; }
  bool following() const { return follower() != nullptr; }
  /// Null unless it plays that role.
  const leader_role* leader() const { return std::get_if<leader_role>(&role_); }
  const follower_role* follower() const { return std::get_if<follower_role>(&role_); }
  leader_epoch epoch() const { return epoch_; }

  /// NONE; KAFKA_STORAGE_ERROR where the log is lost; NOT_LEADER_OR_FOLLOWER; FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH
  /// where the client's epoch (-1: it does not say) is older or newer than ours (KIP-320).
  error_code check_leader(leader_epoch claimed) const;
  /// The same for a consumer that a follower may serve, too (KIP-392).
  error_code check_reader(leader_epoch claimed) const;
  /// The same as of the leader for a broker that fetches as a follower. One that is none here may know newer metadata than we do:
  /// UNKNOWN_LEADER_EPOCH, or NOT_LEADER_OR_FOLLOWER where it names no epoch, or speaks from an earlier life.
  error_code check_follower(leader_epoch claimed, const follower_position& said) const;
  /// After a fetch that check_follower() lets pass, and that may be served.
  void on_follower_fetch(const follower_position& said);
  /// Whether a follower gets no records now, as it is throttled; and what it is given where it gets some.
  bool holds_back(node_id follower) const { return leading() && leader()->holds_back(follower); }
  void on_given(std::size_t bytes) {
    if (auto* const leading = as_leader()) leading->on_given(bytes);
  }

  void produce(const buffer_slice& records, const produce_how& how, wire::compressor& contexts, instant now,
               produced_handler done);
  /// Appends a batch of our own (a coordinator's). The offset after it.
  result<offset> append(bytes_view batch, log::append_origin origin, instant now);

  /// What a consumer of this isolation may read up to.
  offset readable_end(isolation level) const;
  offset high_watermark() const { return log_.high_watermark(); }
  /// The start of the log then. OFFSET_OUT_OF_RANGE above the high watermark, which -1 stands for; POLICY_VIOLATION
  /// where cleanup.policy does not have "delete".
  result<offset> delete_records(offset before);
  /// `done` is told when the live replicas have deleted up to there, too; NOT_LEADER_OR_FOLLOWER where that is another's to see to,
  /// REQUEST_TIMED_OUT.
  void await_deletion(offset until, millis timeout, deleted_handler done);

  /// The log has more of what counts as durable.
  void on_durable();
  void on_brokers_changed();
  void tick();
  /// Told the high watermark when it has moved.
  void set_commit_listener(unique_function<void(offset)> listener) { on_commit_ = std::move(listener); }

 private:
  void on_high_watermark(offset reached) override;
  void on_log_settled() override;

  leader_role* as_leader() { return std::get_if<leader_role>(&role_); }
  follower_role* as_follower() { return std::get_if<follower_role>(&role_); }
  partition_ports ports() { return {log_, settings_, alarm_, *this}; }
  void become_leader(const leadership& now_led);
  void become_follower(const leadership& now_led);
  void leave_role();
  void tell_watchers();
  void on_appended();
  error_code why_not_leading() const;
  error_code check_epoch(leader_epoch claimed) const;
  result<log::append_info> take(const buffer_slice& records, const produce_how& how,
                                wire::compressor& contexts, instant now, produced& answer);

  log::partition_log& log_;
  surroundings& around_;
  settings_ptr settings_;
  alarm alarm_;
  std::variant<std::monostate, leader_role, follower_role> role_;
  leader_epoch epoch_;
  std::optional<leadership> next_;  // waits until the log takes appends again
  bool lost_ = false;
  watch_list commits_, appends_;
  unique_function<void(offset)> on_commit_;
};

}  // namespace klamm::broker::replica
