// Offsets to commit for a group, and who commits them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/commands.hpp"

namespace klamm::client {

/// In whose name offsets are committed. Without a member: the group must be empty.
struct committer {
  std::string member_id;
  std::optional<std::string> instance_id;
  generation_id generation;
  bool operator==(const committer&) const = default;
};

/// Offsets that a transaction commits for a group, and for which member of it (KIP-447).
struct group_places {
  std::string group;
  committer as;
  std::vector<committed_offset> offsets;
};

/// Why a place cannot be one to go on from; empty where it can. What names none has -1 by default, which a broker would take.
std::optional<error> unfit(const topic_partition& at, offset next);
std::optional<error> unfit(const std::vector<committed_offset>& places);

/// Adds them to a request, by topic. Precondition: they are sorted.
template <class Topics>
void put_places(const std::vector<committed_offset>& places, Topics& topics) {
  for (const auto& place : places) {
    if (topics.empty() || topics.back().name != place.at.topic) topics.emplace_back().name = place.at.topic;
    auto& p = topics.back().partitions.emplace_back();
    p.partition_index = place.at.partition;
    p.committed_offset = place.next;
    p.committed_leader_epoch = place.leader_epoch;
    p.committed_metadata = place.metadata;
  }
}

}  // namespace klamm::client
