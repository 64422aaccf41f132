// A request to a broker and what came of it, in messages: between the machines, which think in structs, and the connections, which
// carry bytes.
#pragma once

#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "link/client_connection.hpp"
#include "wire/message.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::client {

/// Connections to one broker that must not wait for each other: a fetch or a join may lie at the broker for long.
enum class lane : std::uint8_t { data, fetch, group };

struct destination {
  node_id node;
  client::lane lane = lane::data;
  auto operator<=>(const destination&) const = default;
};
/// Whichever broker answers soonest.
inline constexpr destination any_broker{};

template <class Response>
struct answer {
  result<Response> got;
  api_version version = 0;
  /// Whether the broker may have acted on the request.
  bool maybe_written = false;
  /// What the strings and records of `got` lie in.
  buffer_slice frame{};
};
template <class Response>
using answer_handler = unique_function<void(answer<Response>, instant)>;

/// The failure, with what is known of whether it was done all the same.
inline error told_as(bool maybe_written, error why) {
  why.maybe_written = maybe_written;
  return why;
}

struct encoded_request {
  byte_chain body;
  bool expects_reply = true;
};

/// A call that waits for its connection. Its version is known only then, so it is encoded then.
struct pending_call {
  wire::api_key key{-1};
  api_version cap = INT16_MAX;
  time_point deadline = never;
  unique_function<result<encoded_request>(api_version)> encode;
  link::reply_handler done;
};

template <class Response>
answer<Response> read_answer(link::reply&& reply) {
  if (!reply.answer) return {reply.answer.failure(), 0, reply.maybe_written};
  if (reply.answer->body.empty()) return {Response{}, reply.answer->version, true};
  wire::reader from(reply.answer->body);
  Response message;
  decode(from, message, reply.answer->version);
  if (!from.ok()) return {error(error_code::malformed_response, from.failure()), reply.answer->version, true};
  return {std::move(message), reply.answer->version, true, std::move(reply.answer->frame)};
}

/// A call whose request is made for the version that the connection will speak: `make(version)` gives a Request.
template <class Request, class Make>
pending_call make_call(Make make, answer_handler<typename Request::response> done, time_point deadline,
                       api_version cap = INT16_MAX, bool expects_reply = true) {
  pending_call out;
  out.key = Request::api;
  out.cap = cap;
  out.deadline = deadline;
  out.encode = [make = std::move(make),
                expects_reply](api_version version) mutable -> result<encoded_request> {
    wire::writer to;
    const Request request = make(version);
    encode(to, request, version);
    if (!to.ok()) return error(error_code::invalid_request, to.failure());
    return encoded_request{to.finish(), expects_reply};
  };
  out.done = [done = std::move(done)](link::reply&& reply, instant now) mutable {
    done(read_answer<typename Request::response>(std::move(reply)), now);
  };
  return out;
}

}  // namespace klamm::client
