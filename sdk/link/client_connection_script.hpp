// What the steps of a connection's script share.
#pragma once

#include "link/client_connection.hpp"
#include "wire/reader.hpp"

namespace klamm::link {

/// Asks for the next step of the script, which has setup_timeout for its answer.
template <class Message>
void client_connection::ask(const Message& message, api_version version, instant now, client_output& out) {
  step_deadline_ = after(now.steady, options_.setup_timeout);
  auto frame = begin(Message::api, version);
  encode(frame.body(), message, version);
  const auto sent =
      finish(std::move(frame), {Message::api, version, {never.time_since_epoch(), true}}, {}, now, out);
  if (!sent) end(sent.failure(), true, now, out);
}

/// The answer to a step. Errors: malformed_response.
template <class Response>
result<Response> read_step(const buffer_slice& body, api_version version) {
  Response said;
  wire::reader from(body);
  decode(from, said, version);
  if (!from.ok()) return error(error_code::malformed_response, from.failure());
  return said;
}

}  // namespace klamm::link
