#include "broker/api/controller/dispatch.hpp"
#include "broker/api/controller/handlers.hpp"
#include "wire/messages/request_header.hpp"
#include "wire/messages/response_header.hpp"

namespace klamm::broker::controller_api {
namespace {

/// The request that a broker passes on, with the address of whom it serves.
result<api::request> open(const wire::envelope_request& envelope, const caller& from) {
  const auto frame = buffer_slice::copy(envelope.request_data);
  wire::reader reader(frame);
  constexpr std::size_t key_and_version = 4;
  if (frame.size() < key_and_version) return {error_code::invalid_request};
  const auto key = static_cast<wire::api_key>(wire::load<std::int16_t>(frame.data()));
  const auto version = wire::load<std::int16_t>(frame.data() + 2);
  const auto* const known = wire::find_api(key);
  if (!known || !known->forwardable)
    return error(error_code::invalid_request, fmt::format("API {} is not passed on", static_cast<int>(key)));
  wire::request_header header;
  decode(reader, header, known->request_header_version(version));
  if (!reader.ok()) return error(error_code::invalid_request, reader.failure());
  caller client{version, header.client_id.value_or(std::string_view()), from.peer, from.local};
  auto body = frame.part(reader.position(), frame.size() - reader.position());
  return api::request{key, std::move(client), frame, std::move(body)};
}

/// The answer as its connection would have it, without the size.
std::vector<std::byte> close(const api::request& asked, klamm::correlation_id id, const byte_chain& body) {
  wire::writer to;
  encode(to, wire::response_header{id, {}},
         wire::find_api(asked.key)->response_header_version(asked.from.version));
  auto bytes = to.finish();
  bytes.append(body);
  return bytes.flatten();
}

}  // namespace

void envelope(const wire::envelope_request& request, const caller& from, services& node,
              reply<wire::envelope_response> answer) {
  auto refuse = [answer](error_code why) {
    wire::envelope_response refused;
    refused.error_code = why;
    answer(refused);
  };
  if (!node.controller.active()) return refuse(error_code::not_controller);
  auto inner = open(request, from);
  if (!inner) return refuse(inner.code());
  constexpr std::size_t correlation_at = 4;
  const klamm::correlation_id id(wire::load<std::int32_t>(inner->frame.data() + correlation_at));
  const auto asked = *inner;
  const auto served = dispatch(std::move(*inner), node, [asked, id, answer, refuse](result<byte_chain> body) {
    if (!body) return refuse(body.code());
    wire::envelope_response response;
    const auto bytes = close(asked, id, *body);
    response.response_data = bytes;
    answer(response);
  });
  if (!served) refuse(served.code());
}

}  // namespace klamm::broker::controller_api
