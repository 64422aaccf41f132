// Offsets by place: the beginning, the end, or the first record at or after a time; from the partitions' leaders, in one request for
// each leader, tried again until the deadline.
//
//   event                              what happens
//   --------------------------------   ----------------------------------------------------------
//   find                               partitions are grouped by leader and asked for
//   no leader known                    the metadata is asked; tried again
//   retriable error, lost connection   metadata stale where the error says so; tried again after a backoff
//   another error                      that partition's outcome
//   topic not known for 5 s             that error: it may have been created a moment ago, but not longer
//   deadline                           what is left ends with the last error, or `timed_out`
#pragma once

#include <list>

#include "base/backoff.hpp"
#include "client/broker_pool.hpp"
#include "client/commands.hpp"
#include "client/metadata.hpp"
#include "wire/messages/list_offsets.hpp"

namespace klamm::client {

using found_offsets = per_item<topic_partition, offset_at_time>;

class offset_lookup {
 public:
  using handler = unique_function<void(found_offsets, instant)>;

  offset_lookup(const connection_options& options, isolation level, broker_pool& pool, metadata& known,
                rng random)
      : options_(options), level_(level), pool_(pool), metadata_(known), random_(random) {}

  /// Outcomes come in the order asked; an offset of -1: no record is that late. A place that is an offset is its own answer.
  void find(const std::vector<std::pair<topic_partition, place>>& what, time_point deadline, handler done);
  /// True: a command ended, and its handler ran.
  bool pump(instant now);
  /// The client closes: what has no outcome yet ends with this.
  void fail_all(const error& why, instant now);
  time_point deadline() const;

 private:
  struct item {
    topic_partition at;
    place where;
    bool outstanding = false;
    std::optional<result<offset_at_time>> outcome;
    retry_state retry;
    /// Why there is no outcome yet.
    std::optional<error> last;
    std::optional<time_point> unknown_since;
  };
  struct job {
    std::uint64_t id = 0;
    std::vector<item> items;
    time_point deadline;
    handler done;
  };
  using answered = answer<wire::list_offsets_response>;

  static void finish(job of, instant now);
  static void give_up(item& of);
  void wait_for_topic(item& of, error_code why, instant now);
  void ask(job& of, instant now);
  void send(job& of, node_id leader, const std::vector<std::size_t>& which, instant now);
  void on_answer(std::uint64_t job_id, const std::vector<std::size_t>& which, answered came, instant now);
  void settle(item& of, const answered& came, instant now);
  void again(item& of, const error& why, instant now);

  const connection_options& options_;
  isolation level_;
  broker_pool& pool_;
  metadata& metadata_;
  rng random_;
  std::list<job> jobs_;
  std::uint64_t next_id_ = 1;
  time_point next_try_ = never;
};

}  // namespace klamm::client
