// Where each assigned partition is to be fetched from, and how that is found out.
//
//   event \ phase           committed?         reset                   validate                  fetch                      stopped
//   --------------------   ----------------   ---------------------   -----------------------   ------------------------   -------
//   a committed offset     fetch or validate  -                       -                         -                          -
//   none is committed      reset by policy    -                       -                         -                          -
//   an offset was found    -                  fetch                   -                         -                          -
//   leader's epoch rises   -                  -                       asked again               validate                   -
//   epoch's end >= here    -                  -                       fetch                     -                          -
//   epoch's end < here     -                  -                       truncated: what was       -                          -
//                                                                     fetched is dropped; on
//                                                                     from the end of the
//                                                                     epoch or what was
//                                                                     passed; with reset
//                                                                     none, stopped
//   the end is undefined   -                  -                       fetch (no data is lost)   -                          -
//   OFFSET_OUT_OF_RANGE    -                  -                       -                         reset by policy, or        -
//                                                                                               stopped with reset none
//   the topic has          -                  -                       dropped: what was         dropped: what was          -
//   another id                                                        fetched; from the         fetched; from the
//                                                                     beginning, or stopped     beginning, or stopped
//                                                                     with reset none           with reset none
//   seek                   reset or fetch     reset or fetch          reset or fetch            reset or fetch             reset or fetch
//
// A position has an epoch that each seek and each truncation raises; answers for an earlier one are dropped (KIP-320 for leader epochs).
#pragma once

#include <map>
#include <string>

#include "base/faults.hpp"
#include "client/commands.hpp"
#include "client/fetch_phase.hpp"
#include "client/fetch_sink.hpp"
#include "client/metadata.hpp"
#include "client/nearest_replica.hpp"
#include "client/offset_lookup.hpp"
#include "wire/messages/offset_for_leader_epoch.hpp"

namespace klamm::client {

struct assigned_partition {
  using phase = fetch_phase;
  position_epoch epoch;
  phase at = phase::committed;
  /// The next offset to fetch, and the leader epoch of the record before it.
  offset position;
  leader_epoch record_epoch;
  /// The leader epoch for which the position is known to exist.
  leader_epoch validated;
  /// The topic that the position is in; zero: not known.
  uuid topic_id;
  /// While looking for a place.
  place target = end{};
  bool outstanding = false;
  bool paused = false;
  retry_state retry;
  nearest_replica nearest;

  /// What this consumer has read or written itself; -1: nothing, or it is not known.
  offset committed;
  /// Fetched for the application.
  std::uint64_t records = 0, bytes = 0;
};

class positions {
 public:
  using map = std::map<topic_partition, assigned_partition>;

  positions(const consumer_options& options, const connection_options& connection, broker_pool& pool,
            metadata& known, offset_lookup& lookup, fetch_sink& sink, rng random,
            fault_injector* faults = nullptr);

  map& all() { return all_; }
  const map& all() const { return all_; }
  assigned_partition* find(const topic_partition& at);

  /// Waits for `committed` where `ask_committed`, else looks by the reset policy.
  void assign(const topic_partition& at, bool ask_committed, instant now);
  void unassign(const topic_partition& at);
  void seek(const seek_command& to);
  void pause(const topic_partition& at, bool paused);
  /// The partitions that wait for their committed offset and are not asked for yet; they count as asked for now.
  std::vector<topic_partition> take_uncommitted();
  /// What is committed: -1 is nothing.
  void committed(const committed_offset& what, instant now);
  void committed_failed(const topic_partition& at, const error& why);

  void out_of_range(const topic_partition& at, instant now);
  /// The log at the leader ends this epoch before the position (KIP-320): records that were read are gone.
  void truncated(const topic_partition& at, leader_epoch epoch, offset end);
  void stop(const topic_partition& at, const error& why);

  void pump(instant now);
  time_point deadline() const;

 private:
  void reset(const topic_partition& at, assigned_partition& p, const error& why, instant now);
  void look_up(instant now);
  void on_found(const std::map<topic_partition, position_epoch>& asked, const found_offsets& found,
                instant now);
  void watch_topics();
  void recreated(const topic_partition& at, assigned_partition& p);
  void restart(const topic_partition& at, assigned_partition& p, leader_epoch epoch, offset end);
  static void watch_epoch(assigned_partition& p, const partition_view& partition);
  void validate(instant now);
  void send_validation(node_id leader, const std::vector<topic_partition>& which, instant now);
  void on_validation(const std::map<topic_partition, position_epoch>& asked,
                     answer<wire::offset_for_leader_epoch_response> came, instant now);

  const consumer_options& options_;
  const connection_options& connection_;
  broker_pool& pool_;
  metadata& metadata_;
  offset_lookup& lookup_;
  fetch_sink& sink_;
  rng random_;
  fault_injector* faults_;
  map all_;
  time_point next_try_ = never;
};

}  // namespace klamm::client
