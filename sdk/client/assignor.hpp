// How the leader of a classic consumer group gives out partitions: four pure functions, with the results of Java's assignors.
//
//   name                 each topic by itself   keeps what members own   moves a partition in two steps   racks (KIP-881)
//   ------------------   --------------------   ----------------------   ------------------------------   ---------------
//   range                yes                    no                       no                               yes
//   roundrobin           no                     no                       no                               no
//   sticky               no                     yes (user data)          no                               yes
//   cooperative-sticky   no                     yes (owned partitions)   yes (KIP-429)                    yes
//
// Where Java's result hangs on the order of its hash tables, ours takes members in the order of their ids.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace klamm::client {

/// What a member said when it joined.
struct member_subscription {
  std::string id;
  std::optional<std::string> instance_id{};
  /// Empty: none.
  std::string rack{};
  std::vector<std::string> topics{};
  std::vector<topic_partition> owned{};
  /// -1: the member's version of the protocol does not tell.
  generation_id generation{};
  /// Null where the assignor adds none.
  std::optional<std::vector<std::byte>> user_data{};
};

/// A topic that exists: for each partition the racks of its replicas (empty where unknown).
struct assignable_topic {
  std::string name;
  std::vector<std::vector<std::string>> replica_racks;
};

/// By member id; every member is there. The partitions of one member are in order of topic and partition.
using group_assignment = std::map<std::string, std::vector<topic_partition>>;

/// One way to assign. Topics come in any order, without duplicates; members likewise.
struct assignor {
  std::string_view name;
  group_assignment (*assign)(std::span<const assignable_topic>, std::span<const member_subscription>);
  /// Members keep their partitions while they rejoin, and give up in a second rebalance what moves (KIP-429).
  bool cooperative;
  /// What a member adds to its subscription: what it owns and since when.
  std::optional<std::vector<std::byte>> (*user_data)(std::span<const topic_partition> owned,
                                                     generation_id generation);
};

/// Null: no assignor has this name.
const assignor* find_assignor(std::string_view name);

group_assignment assign_range(std::span<const assignable_topic>, std::span<const member_subscription>);
group_assignment assign_round_robin(std::span<const assignable_topic>, std::span<const member_subscription>);
group_assignment assign_sticky(std::span<const assignable_topic>, std::span<const member_subscription>);
group_assignment assign_cooperative_sticky(std::span<const assignable_topic>,
                                           std::span<const member_subscription>);

/// The order in which range and round robin take members: static ones first, by instance id; then by member id.
bool takes_before(const member_subscription& a, const member_subscription& b);

}  // namespace klamm::client
