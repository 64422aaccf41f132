// The offsets that groups have committed: what the records of __consumer_offsets say, replayed.
//
//   record                                  effect
//   -------------------------------------   ------------------------------------------------------------------
//   offset commit                           the partition's committed offset
//   offset commit inside a transaction      pending under its producer id; a fetch that asks for stable offsets waits
//   tombstone                               the partition has no committed offset
//   end marker of a producer, commit        its pending offsets count, unless a later record of the partition did already
//   end marker of a producer, abort         its pending offsets are dropped
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace klamm::broker::group {

struct committed_offset {
  klamm::offset next;  // the offset to read next
  klamm::leader_epoch leader_epoch;
  std::string metadata;
  timestamp committed_at;
  /// Where the client said how long (as before KIP-211); none: the broker's retention decides.
  std::optional<timestamp> expires_at;
  /// Where the record that says so lies in __consumer_offsets.
  klamm::offset record;

  bool operator==(const committed_offset&) const = default;
};

class committed_offsets {
 public:
  using partitions = std::map<partition_id, committed_offset>;
  using topics = std::map<std::string, partitions, std::less<>>;

  void set(std::string_view group, const topic_partition& at, committed_offset offset,
           std::optional<producer_id> transaction);
  void erase(std::string_view group, const topic_partition& at);
  void end_transaction(producer_id producer, bool committed);
  void clear();

  /// Null if nothing is committed.
  const committed_offset* find(std::string_view group, std::string_view topic, partition_id partition) const;
  /// Everything that the group has committed; empty if nothing.
  const topics& of(std::string_view group) const;
  /// Whether an open transaction holds an offset of this partition for the group.
  bool pending(std::string_view group, const topic_partition& at) const;
  /// The groups that have committed something, in order.
  std::vector<std::string> groups() const;

 private:
  struct pending_offset {
    std::string group;
    topic_partition at;
    committed_offset offset;
  };

  void put(std::string_view group, const topic_partition& at, committed_offset offset);

  std::map<std::string, topics, std::less<>> by_group_;
  std::map<producer_id, std::vector<pending_offset>> pending_;
};

}  // namespace klamm::broker::group
