// One replica of one partition: what it may acknowledge, serve and forget.
//
//   event \ role      offline                        leader
//   ---------------   ----------------------------   -------------------------------------------------------------------
//   new leader epoch  -> leader                      records the start of the epoch, even if nothing is written in it
//                                                    (KAFKA-7415)
//   produce           NOT_LEADER_OR_FOLLOWER         checks, appends, parks the answer until acks are met
//   log durable(to)   -                              counts itself; maybe the high watermark moves; answers leave
//   read              NOT_LEADER_OR_FOLLOWER         below the high watermark, or the last stable offset
//   resign            -                              -> offline; parked answers become NOT_LEADER_OR_FOLLOWER
//   lose              offline for good: it answers KAFKA_STORAGE_ERROR, and so do parked answers
//
//   acks=0, 1  answered when the leader's own log has it, as its fsync mode counts
//   acks=all   answered when the high watermark has passed it; NOT_ENOUGH_REPLICAS before the append, and
//              NOT_ENOUGH_REPLICAS_AFTER_APPEND behind it, while too few replicas are in sync
//
// Followers come beside this: their progress goes into the maximal ISR (isr.hpp).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "broker/log/partition_log.hpp"
#include "broker/replica/isr.hpp"
#include "broker/replica/leadership.hpp"
#include "broker/replica/settings.hpp"
#include "broker/replica/watch.hpp"
#include "wire/compression.hpp"

namespace klamm::broker::replica {

enum class required_acks : std::int16_t { none = 0, leader = 1, all = -1 };

struct produced {
  error_code failure = error_code::none;
  std::string message;
  offset base;
  timestamp append_time;  // of a topic with LogAppendTime
  offset log_start;
};
using produced_handler = unique_function<void(produced)>;

/// How one Produce request wants its records taken.
struct produce_how {
  required_acks acks = required_acks::all;
  /// The request has a transactional id.
  bool transactional = false;
  bool zstd_allowed = true;
};

enum class isolation : std::int8_t { read_uncommitted = 0, read_committed = 1 };

class partition {
 public:
  partition(log::partition_log& log, node_id self, settings_ptr settings);
  ~partition();
  partition(const partition&) = delete;
  partition& operator=(const partition&) = delete;

  const topic_partition& name() const { return log_.identity().partition; }
  const uuid& topic_id() const { return log_.identity().topic_id; }
  log::partition_log& log() { return log_; }
  const log::partition_log& log() const { return log_; }
  const partition_settings& settings() const { return *settings_; }
  watch_list& watchers() { return watchers_; }

  void configure(settings_ptr settings);
  /// The metadata changed: becomes leader, stays it, or resigns.
  void lead(const leadership& now_led);
  void resign();
  /// Its log cannot be used any more, whoever leads.
  void lose();
  bool leading() const { return leading_; }
  leader_epoch epoch() const { return led_.epoch; }

  /// NONE; KAFKA_STORAGE_ERROR where the log is lost; NOT_LEADER_OR_FOLLOWER; FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH where the client's epoch (-1: it does not
  /// say) is older or newer than ours (KIP-320).
  error_code check_leader(leader_epoch claimed) const;

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

  /// The log has more of what counts as durable.
  void on_durable();
  /// Told the high watermark when it has moved.
  void set_commit_listener(unique_function<void(offset)> listener) { on_commit_ = std::move(listener); }

 private:
  struct waiting_produce {
    offset end;
    produced answer;
    produced_handler done;
  };
  using waiting_queue = std::deque<waiting_produce>;

  bool enough_in_sync() const;
  error_code why_not_leading() const;
  void advance_high_watermark();
  static void release(waiting_queue& queue, offset reached);
  static void fail(waiting_queue& queue, error_code why);
  result<log::append_info> take(const buffer_slice& records, const produce_how& how,
                                wire::compressor& contexts, instant now, produced& answer);

  log::partition_log& log_;
  node_id self_;
  settings_ptr settings_;
  leadership led_;
  bool leading_ = false, lost_ = false;
  waiting_queue awaiting_log_, awaiting_commit_;
  watch_list watchers_;
  unique_function<void(offset)> on_commit_;
};

}  // namespace klamm::broker::replica
