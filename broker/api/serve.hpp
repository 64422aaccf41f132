// From the bytes of a request to its handler, and from the handler's answer to the bytes of a response: what a table of served
// APIs is made of. Each listener has one, over the services that its handlers see.
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/result.hpp"
#include "broker/coordinator/reply.hpp"
#include "link/api_set.hpp"
#include "link/transport.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/produce.hpp"
#include "wire/messages/sync_group.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::broker::api {

using coordinator::reply;

/// The request's frame, and the connection it came by. Valid while the request's reply lives.
struct caller {
  api_version version = 0;
  std::string_view client_id;
  link::endpoint peer, local;
  link::connection_id connection;  // none: another node passed the request on
};

/// One request as a connection gave it out.
struct request {
  wire::api_key key;
  caller from;
  buffer_slice frame, body;
};

/// Takes the encoded response, or why there can be none: the connection is to be closed. Empty: there is none to send
/// (acks=0). Called once, now or later.
using send_response = std::function<void(result<byte_chain>)>;

struct served_api {
  wire::api_key key;
  wire::version_range accepted, advertised;
};

template <class Request, class Services>
using handler_of = void(const Request& request, const caller& from, Services& node,
                        reply<typename Request::response> answer);

template <class Services>
struct entry {
  served_api api;
  result<void> (*how)(request&&, Services&, send_response&&);
};

/// A request with everything that its decoded form looks into.
template <class Request>
struct held_request {
  buffer_slice frame;
  caller from;
  Request decoded;
};

/// Whether the handler has copied what it needs when it returns: a member that waits for a rebalance, for half an hour perhaps, waits
/// without the bytes of its request.
template <class Request>
inline constexpr bool is_copied =
    std::same_as<Request, wire::join_group_request> || std::same_as<Request, wire::sync_group_request>;

/// Decodes the body. A request of half a million partitions takes less than the limit, once decoded. What asks for more comes
/// from nobody's client, and is held for as long as it waits.
template <class Request>
result<void> decode_body(buffer_slice body, api_version version, Request& to) {
  constexpr std::size_t most_decoded_bytes = std::size_t{64} << 20;
  wire::reader from(std::move(body));
  from.limit_memory(most_decoded_bytes);
  decode(from, to, version);
  if (!from.ok()) return error(error_code::invalid_request, from.failure());
  return {};
}

/// What the connection is given: the encoded response.
template <class Request>
result<byte_chain> encoded(const Request&, const typename Request::response& response, api_version version) {
  wire::writer to;
  encode(to, response, version);
  if (!to.ok()) return error(error_code::unknown_server_error, to.failure());
  return to.finish();
}

/// With acks=0 nothing is sent. A record that was not taken closes the connection: no other sign would make the client
/// look again for the partition's leader.
inline result<byte_chain> encoded(const wire::produce_request& request,
                                  const wire::produce_response& response, api_version version) {
  if (request.acks != 0) return encoded<wire::produce_request>(request, response, version);
  for (const auto& topic : response.responses)
    for (const auto& partition : topic.partition_responses)
      if (partition.error_code != error_code::none)
        return error(partition.error_code,
                     fmt::format("{}-{} did not take what was produced with acks=0 ({})", topic.name,
                                 partition.index.value, name(partition.error_code)));
  return byte_chain();
}

template <class Request, class Services, handler_of<Request, Services>* Handle>
result<void> serve_with(request&& in, Services& node, send_response&& send) {
  auto held = std::make_shared<held_request<Request>>();
  held->frame = std::move(in.frame);
  held->from = in.from;
  if (auto done = decode_body(std::move(in.body), held->from.version, held->decoded); !done) return done;
  const auto& decoded = held->decoded;
  const auto& caller = held->from;
  Handle(decoded, caller, node,
         reply<typename Request::response>(
             [held, send = std::move(send)](const typename Request::response& response) {
               send(encoded(held->decoded, response, held->from.version));
             }));
  if constexpr (is_copied<Request>) {
    held->decoded = {};
    held->frame = {};
  }
  return {};
}

template <class Request, class Services, handler_of<Request, Services>* Handle>
constexpr entry<Services> serves(wire::version_range versions = Request::versions) {
  return {{Request::api, versions, versions}, serve_with<Request, Services, Handle>};
}

/// Decodes and handles. Fails where the body does not decode: the connection is to be closed.
template <class Services>
result<void> dispatch_by(std::span<const entry<Services>> table, request in, Services& node,
                         send_response send) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& e) { return e.api.key == in.key; });
  if (found == table.end() || !found->api.accepted.contains(in.from.version))
    return {error_code::unsupported_version};
  return found->how(std::move(in), node, std::move(send));
}

/// The same table, for a connection.
template <class Services>
link::api_set served_by(std::span<const entry<Services>> table) {
  link::api_set served;
  for (const auto& e : table) served.set(e.api.key, e.api.accepted);
  return served;
}

}  // namespace klamm::broker::api
