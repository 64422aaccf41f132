#include "broker/api/controller/dispatch.hpp"

#include <array>

#include "broker/api/controller/handlers.hpp"
#include "broker/api/controller/interim.hpp"

namespace klamm::broker::controller_api {
namespace {

/// What a request that only the active controller can decide is answered by another.
template <class Request>
result<void> refuse(const api::request& in, const api::send_response& send) {
  typename Request::response response;
  if constexpr (requires { response.error_code; }) {
    response.error_code = error_code::not_controller;
    send(api::encoded(Request(), response, in.from.version));
    return {};
  }
  return error(error_code::not_controller, "this controller is not the active one");
}

template <class Request, auto Method>
void decide(const Request& request, const caller&, services& node, reply<typename Request::response> answer) {
  (node.controller.*Method)(request, std::move(answer));
}

template <class Request, auto Method>
result<void> serve_active(api::request&& in, services& node, api::send_response&& send) {
  if (!node.controller.active()) return refuse<Request>(in, send);
  return api::serve_with<Request, services, decide<Request, Method>>(std::move(in), node, std::move(send));
}

/// A decision of the controller.
template <auto Method, class Request>
constexpr api::entry<services> decides() {
  return {{Request::api, Request::versions, Request::versions}, serve_active<Request, Method>};
}

template <class Request, handler<Request>* Handle>
constexpr api::entry<services> serves(wire::version_range versions = Request::versions) {
  return api::serves<Request, services, Handle>(versions);
}

using c = meta::controller;
constexpr wire::version_range raft_fetches{12, 18};  // before, a fetch does not say where the follower's log ends

// By rising key, as ApiVersions lists them.
constexpr std::array entries{
    serves<wire::fetch_request, fetch>(raft_fetches),
    serves<wire::api_versions_request, api_versions>(),
    decides<&c::create_topics, wire::create_topics_request>(),
    decides<&c::delete_topics, wire::delete_topics_request>(),
    decides<&c::alter_configs, wire::alter_configs_request>(),
    decides<&c::create_partitions, wire::create_partitions_request>(),
    decides<&c::incremental_alter_configs, wire::incremental_alter_configs_request>(),
    serves<wire::vote_request, vote>(),
    serves<wire::begin_quorum_epoch_request, begin_quorum_epoch>(),
    serves<wire::end_quorum_epoch_request, end_quorum_epoch>(),
    serves<wire::describe_quorum_request, describe_quorum>(),
    serves<wire::envelope_request, envelope>(),
    serves<wire::fetch_snapshot_request, fetch_snapshot>(),
    serves<wire::describe_cluster_request, describe_cluster>(),
    serves<wire::broker_registration_request, broker_registration>(),
    serves<wire::broker_heartbeat_request, broker_heartbeat>(),
    serves<wire::allocate_producer_ids_request, allocate_producer_ids>(),
};

}  // namespace

result<void> dispatch(api::request in, services& node, api::send_response send) {
  return api::dispatch_by<services>(table(), std::move(in), node, std::move(send));
}

std::span<const api::entry<services>> table() { return entries; }

const link::api_set& controller_listener() {
  static const auto set = api::served_by<services>(table());
  return set;
}

}  // namespace klamm::broker::controller_api
