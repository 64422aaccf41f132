// What the members of the metadata quorum say to each other, as the protocol means it: Vote, BeginQuorumEpoch, EndQuorumEpoch
// (KIP-595, KIP-996), Fetch and FetchSnapshot (KIP-630) without the topics and partitions that all of them name alike;
// AddRaftVoter, RemoveRaftVoter and UpdateRaftVoter (KIP-853), which clients and other members send.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "base/uuid.hpp"
#include "broker/log/log_types.hpp"
#include "broker/raft/checkpoint.hpp"

namespace klamm::broker::raft {

/// Where a log ends: the epoch of its last record, and the offset behind it. The larger one is the more complete (Raft, 5.4.1).
struct log_position {
  leader_epoch epoch{0};
  offset end{0};
  auto operator<=>(const log_position&) const = default;
};

struct host_port {
  std::string host;  // empty: it does not say
  std::uint16_t port = 0;
  bool operator==(const host_port&) const = default;
};

/// Whom somebody takes for the leader: every answer says it. Node -1: nobody.
struct known_leader {
  leader_epoch epoch{0};
  node_id node;
  host_port at{};
  bool operator==(const known_leader&) const = default;
};

struct vote_request {
  leader_epoch epoch;  // a pre-vote asks in the candidate's own epoch, a vote in the one to be led
  node_id candidate;
  uuid candidate_directory;
  log_position log;
  bool pre_vote = false;
  replica_key voter{};  // who is asked; node -1: whoever hears it
};
struct vote_response {
  error_code error = error_code::none;
  known_leader leader;
  bool granted = false;
};

struct begin_epoch_request {
  known_leader leader;
  replica_key voter{};  // as in vote_request
};
struct end_epoch_request {
  known_leader leader;
  std::vector<replica_key> successors;  // the most complete log first
};
/// Of both.
struct epoch_response {
  error_code error = error_code::none;
  known_leader leader;
};

/// Says too that everything below `from` is on the replica's disk.
struct fetch_request {
  leader_epoch epoch;
  replica_key replica;
  offset from;
  leader_epoch last_epoch{0};  // of the record before `from`
  offset high_watermark;       // what the replica knows of it; -1: it does not say (before Fetch v18)
  millis max_wait{0};
};
struct fetch_response {
  error_code error = error_code::none;
  known_leader leader;
  offset high_watermark{0};
  std::optional<log::epoch_end> diverging;  // the replica's log leaves the leader's there
  std::optional<snapshot_id> snapshot;      // what is asked for is in there
  byte_chain records;
};

struct snapshot_request {
  leader_epoch epoch;
  replica_key replica;
  snapshot_id id;
  std::uint64_t position = 0;
};
struct snapshot_response {
  error_code error = error_code::none;
  known_leader leader;
  std::uint64_t size = 0;  // of the whole snapshot
  buffer_slice bytes;      // from the position on
};

struct add_voter_request {
  voter added;
  bool ack_when_committed = true;  // otherwise once it is appended
};
struct remove_voter_request {
  replica_key removed;
};
/// Of both.
struct change_response {
  error_code error = error_code::none;
  std::string message{};
};
/// A voter says how it is reached now, and what it can do.
struct update_voter_request {
  leader_epoch epoch;
  voter updated;
};
struct update_voter_response {
  error_code error = error_code::none;
  known_leader leader;
};
/// ApiVersions, of which only the range of kraft.version is asked.
struct versions_request {};
struct versions_response {
  error_code error = error_code::none;
  std::optional<version_range> kraft{};  // none: it knows of no such feature
};

/// Called once, with the answer or why there is none.
template <class Response>
using reply = unique_function<void(result<Response>)>;

/// How a member reaches the others. An answer comes later, never from within send, and no later than the request timeout.
class peers {
 public:
  virtual ~peers() = default;
  virtual void send(node_id to, const vote_request& what, reply<vote_response> then) = 0;
  virtual void send(node_id to, const begin_epoch_request& what, reply<epoch_response> then) = 0;
  virtual void send(node_id to, const end_epoch_request& what, reply<epoch_response> then) = 0;
  virtual void send(node_id to, const fetch_request& what, reply<fetch_response> then) = 0;
  virtual void send(node_id to, const snapshot_request& what, reply<snapshot_response> then) = 0;
  virtual void send(node_id to, const versions_request& what, reply<versions_response> then) = 0;
  virtual void send(node_id to, const add_voter_request& what, reply<change_response> then) = 0;
  virtual void send(node_id to, const remove_voter_request& what, reply<change_response> then) = 0;
  virtual void send(node_id to, const update_voter_request& what, reply<update_voter_response> then) = 0;
  /// From now on `who` is reached there, until the voters change.
  virtual void learn(node_id who, const host_port& at) = 0;
};

}  // namespace klamm::broker::raft
