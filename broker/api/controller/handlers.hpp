// The handlers, one for each API, each in the file of its key.
#pragma once

#include <type_traits>

#include "broker/api/controller/services.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/describe_cluster.hpp"
#include "wire/messages/describe_configs.hpp"
#include "wire/messages/describe_quorum.hpp"
#include "wire/messages/envelope.hpp"
#include "wire/messages/update_features.hpp"

namespace klamm::broker::controller_api {

template <class Request>
using handler = api::handler_of<Request, services>;

handler<wire::fetch_request> fetch;
handler<wire::api_versions_request> api_versions;
handler<wire::vote_request> vote;
handler<wire::begin_quorum_epoch_request> begin_quorum_epoch;
handler<wire::end_quorum_epoch_request> end_quorum_epoch;
handler<wire::describe_quorum_request> describe_quorum;
handler<wire::describe_configs_request> describe_configs;
handler<wire::envelope_request> envelope;
handler<wire::fetch_snapshot_request> fetch_snapshot;
handler<wire::describe_cluster_request> describe_cluster;
handler<wire::update_features_request> update_features;
handler<wire::add_raft_voter_request> add_raft_voter;
handler<wire::remove_raft_voter_request> remove_raft_voter;
handler<wire::update_raft_voter_request> update_raft_voter;

/// Where the leader is has a place in an answer from Vote, BeginQuorumEpoch, EndQuorumEpoch and FetchSnapshot 1 and Fetch 16 on.
template <class Response>
void fit_to(api_version version, Response& response) {
  constexpr api_version since = std::is_same_v<Response, wire::fetch_response> ? 16 : 1;
  if constexpr (requires { response.node_endpoints; })
    if (version < since) response.node_endpoints.clear();
}

/// Asks the quorum what the request means, and answers what it says.
template <class Request, class Answer>
void ask_quorum(const Request& request, const caller& from, services& node,
                reply<typename Request::response> answer, Answer to_response) {
  auto asked = raft::from_wire(request, node.own);
  if (!asked) {
    typename Request::response refused;
    refused.error_code = asked.code();
    if constexpr (requires { refused.error_message; }) refused.error_message = asked.failure().message;
    return answer(refused);
  }
  node.quorum.on(*asked, [answer, to_response, asked = *asked, version = from.version](auto said) {
    typename Request::response response;
    to_response(std::move(*said), asked, response);
    fit_to(version, response);
    answer(response);
  });
}

}  // namespace klamm::broker::controller_api
