// What a voter must never forget: kept in the file `quorum-state`, as Apache Kafka keeps it (version 1):
//
//   {"leaderId":1,"leaderEpoch":7,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}
#pragma once

#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"

namespace klamm::broker::raft {

inline constexpr std::string_view election_file_name = "quorum-state";

struct election_state {
  leader_epoch epoch{0};
  node_id leader;          // -1: not known
  node_id voted;           // -1: no vote was given in this epoch
  uuid voted_directory{};  // of the voter that the vote went to (KIP-853)
  bool operator==(const election_state&) const = default;
};

std::string to_json(const election_state& state);
/// CORRUPT_MESSAGE where the text is no such object.
result<election_state> parse_election_state(std::string_view text);

}  // namespace klamm::broker::raft
