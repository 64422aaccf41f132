// The quorum's messages as the protocol has them, and back. All of them name one topic and one partition, the metadata log's.
//
// What does not name it, or another cluster, is refused with the error of the whole answer:
//
//   another cluster id                              INCONSISTENT_CLUSTER_ID
//   another topic or partition, or several          INVALID_REQUEST
//   a voter without an address for controllers      INVALID_REQUEST
//
// Changes of the voters (KIP-853) name no partition; ApiVersions is asked for the range of kraft.version.
#pragma once

#include <string>

#include "base/result.hpp"
#include "broker/log/file_names.hpp"
#include "broker/raft/checkpoint.hpp"
#include "broker/raft/messages.hpp"
#include "wire/messages/add_raft_voter.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/begin_quorum_epoch.hpp"
#include "wire/messages/end_quorum_epoch.hpp"
#include "wire/messages/fetch.hpp"
#include "wire/messages/fetch_snapshot.hpp"
#include "wire/messages/remove_raft_voter.hpp"
#include "wire/messages/update_raft_voter.hpp"
#include "wire/messages/vote.hpp"

namespace klamm::broker::raft {

using log::metadata_topic;
/// Kafka's reserved id of the metadata topic.
uuid metadata_topic_id();

/// This end of a conversation. The wire's messages view it.
struct identity {
  std::string cluster_id;
  voter self;  // with the endpoint that a leader tells
  millis request_timeout{2000};
};

// Of a request to the voter `to`.
wire::vote_request to_wire(const vote_request& said, const identity& from, node_id to);
wire::begin_quorum_epoch_request to_wire(const begin_epoch_request& said, const identity& from, node_id to);
wire::end_quorum_epoch_request to_wire(const end_epoch_request& said, const identity& from, node_id to);
wire::fetch_request to_wire(const fetch_request& said, const identity& from, node_id to);
wire::fetch_snapshot_request to_wire(const snapshot_request& said, const identity& from, node_id to);
wire::api_versions_request to_wire(const versions_request& said, const identity& from, node_id to);
wire::add_raft_voter_request to_wire(const add_voter_request& said, const identity& from, node_id to);
wire::remove_raft_voter_request to_wire(const remove_voter_request& said, const identity& from, node_id to);
wire::update_raft_voter_request to_wire(const update_voter_request& said, const identity& from, node_id to);

result<vote_request> from_wire(const wire::vote_request& came, const identity& own);
result<begin_epoch_request> from_wire(const wire::begin_quorum_epoch_request& came, const identity& own);
result<end_epoch_request> from_wire(const wire::end_quorum_epoch_request& came, const identity& own);
result<fetch_request> from_wire(const wire::fetch_request& came, const identity& own);
result<snapshot_request> from_wire(const wire::fetch_snapshot_request& came, const identity& own);
result<add_voter_request> from_wire(const wire::add_raft_voter_request& came, const identity& own);
result<remove_voter_request> from_wire(const wire::remove_raft_voter_request& came, const identity& own);
result<update_voter_request> from_wire(const wire::update_raft_voter_request& came, const identity& own);

void to_wire(const vote_response& said, wire::vote_response& to);
void to_wire(const epoch_response& said, wire::begin_quorum_epoch_response& to);
void to_wire(const epoch_response& said, wire::end_quorum_epoch_response& to);
/// The response takes the records, and views the rest.
void to_wire(fetch_response&& said, wire::fetch_response& to);
/// `asked` says which snapshot and which position.
void to_wire(const snapshot_response& said, const snapshot_request& asked, wire::fetch_snapshot_response& to);

void to_wire(const change_response& said, wire::add_raft_voter_response& to);
void to_wire(const change_response& said, wire::remove_raft_voter_response& to);
void to_wire(const update_voter_response& said, wire::update_raft_voter_response& to);

// An error of the whole answer, or an answer that does not name the partition, is no answer.
result<vote_response> from_wire(const wire::vote_response& came);
result<epoch_response> from_wire(const wire::begin_quorum_epoch_response& came);
result<epoch_response> from_wire(const wire::end_quorum_epoch_response& came);
result<fetch_response> from_wire(const wire::fetch_response& came);
result<snapshot_response> from_wire(const wire::fetch_snapshot_response& came);
result<versions_response> from_wire(const wire::api_versions_response& came);
result<change_response> from_wire(const wire::add_raft_voter_response& came);
result<change_response> from_wire(const wire::remove_raft_voter_response& came);
result<update_voter_response> from_wire(const wire::update_raft_voter_response& came);

}  // namespace klamm::broker::raft
