// The handlers, one for each API, each in the file of its key.
#pragma once

#include "broker/api/controller/services.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/describe_cluster.hpp"
#include "wire/messages/describe_quorum.hpp"
#include "wire/messages/envelope.hpp"

namespace klamm::broker::controller_api {

template <class Request>
using handler = api::handler_of<Request, services>;

handler<wire::fetch_request> fetch;
handler<wire::api_versions_request> api_versions;
handler<wire::vote_request> vote;
handler<wire::begin_quorum_epoch_request> begin_quorum_epoch;
handler<wire::end_quorum_epoch_request> end_quorum_epoch;
handler<wire::describe_quorum_request> describe_quorum;
handler<wire::envelope_request> envelope;
handler<wire::fetch_snapshot_request> fetch_snapshot;
handler<wire::describe_cluster_request> describe_cluster;

/// Asks the quorum what the request means, and answers what it says.
template <class Request, class Answer>
void ask_quorum(const Request& request, services& node, reply<typename Request::response> answer,
                Answer to_response) {
  auto asked = raft::from_wire(request, node.own);
  if (!asked) {
    typename Request::response refused;
    refused.error_code = asked.code();
    return answer(refused);
  }
  node.quorum.on(*asked, [answer, to_response, asked = *asked](auto said) {
    typename Request::response response;
    to_response(std::move(*said), asked, response);
    answer(response);
  });
}

}  // namespace klamm::broker::controller_api
