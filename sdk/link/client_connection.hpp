// One connection to a broker, from the client's side: who is there, which versions it speaks, who we are to it, and what each
// request came to.
//
//   event \ phase      connecting       negotiating                authenticating              ready                      closed
//   ----------------   --------------   ------------------------   -------------------------   ------------------------   ------
//   connected          ask ApiVersions  -                          -                           -                          -
//                      (v5)
//   response           -                error 35: ask again in a   SaslHandshake: begin;       settle the oldest          -
//                                       version that the broker    SaslAuthenticate: answer    request
//                                       has, v0 if it does not     its challenge, or, once
//                                       say; 129 or another        complete -> ready; an
//                                       error: close; else keep    error: close
//                                       the versions -> ready, or
//                                       authenticating with SASL
//   send               -                -                          -                           frame it, keep its         -
//                                                                                              handler
//   deadline passed    setup timeout    setup timeout              setup timeout               of a request: it times     -
//                                                                                              out, all others
//                                                                                              disconnect; of idleness:
//                                                                                              close; of the session: no
//                                                                                              more requests, and once
//                                                                                              none is outstanding
//                                                                                              -> authenticating
//   throttle           -                -                          -                           no request until it is     -
//                                                                                              over; outstanding
//                                                                                              deadlines move
//   wrong correlation id, bytes that are no frame, a lost connection: close, and settle every request
//
// The phases before ready are a script; authenticating is one that is played again before the broker ends the session (KIP-368).
//
// A request is `maybe_written` once it is handed to the socket. What the socket took of it is told later than it happens: to a
// process that stood still, later than that its time is up.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "link/api_set.hpp"
#include "link/frame_reader.hpp"
#include "link/frame_writer.hpp"
#include "link/sasl.hpp"
#include "link/transport.hpp"

namespace klamm::link {

/// KIP-1242: the broker that the client believes it dials. Both or neither travel, so they are one thing.
/// A seed connection has none; a connection to a coordinator has the real node id.
struct broker_identity {
  std::string cluster_id;
  node_id node;
};

struct client_connection_options {
  std::string client_id = "klamm";
  /// KIP-511; letters, digits, '-' and '.', beginning and ending with a letter or digit.
  std::string software_name = "klamm", software_version = "0.1.0";
  std::optional<broker_identity> expected{};
  /// Null: the broker is not told who we are.
  sasl_source sasl{};
  /// The largest response taken.
  std::size_t max_frame = default_max_frame;
  /// Requests without an answer at one time: at least 1.
  int max_in_flight = 5;
  /// Bound of each step before ready (socket.connection.setup.timeout.ms).
  duration setup_timeout = std::chrono::seconds(10);
  /// A ready connection without a request ends after this (connections.max.idle.ms).
  duration idle_timeout = std::chrono::minutes(9);
};

/// A feature that the cluster has finalized or supports (KIP-584).
struct feature_range {
  std::string name;
  std::int16_t min = 0, max = 0;
};

/// What the broker said of itself.
struct broker_capabilities {
  /// As advertised, not cut to what we speak.
  api_set apis;
  std::vector<feature_range> supported, finalized;
  /// -1: unknown. Keep the highest one seen in the cluster.
  std::int64_t finalized_epoch = -1;
};

struct response {
  api_version version = 0;
  /// The whole frame; views decoded from `body` may keep a share of it.
  buffer_slice frame;
  buffer_slice body;
};

/// What a request came to.
struct reply {
  /// Empty for a request that has no reply (Produce with acks=0): its bytes are with the operating system.
  result<response> answer;
  /// Whether the broker can have acted on the request. False: it is certain that it did not.
  bool maybe_written = true;
  duration took{};
};

using reply_handler = unique_function<void(reply&&, instant now)>;

/// A request whose fate is known, with the handler to be told. The owner calls it once the connection's call returned.
struct settled_request {
  reply_handler handler;
  klamm::link::reply reply;
};

/// What a connection's call decided.
struct client_output {
  net_effects& net;
  std::vector<settled_request>& settled;  // in the order in which the requests were sent
};

struct request_options {
  /// Until the answer, from now. Past it the connection ends: the stream has no place for a late answer.
  duration timeout = std::chrono::seconds(30);
  /// False for Produce with acks=0: it is settled when the operating system has its bytes.
  bool expects_reply = true;
};

class client_connection {
 public:
  enum class phase { connecting, negotiating, authenticating, ready, closed };

  /// `id` is used for this connection only, and never again.
  client_connection(connection_id id, endpoint to, client_connection_options options);

  void start(instant now, client_output out);
  mutable_bytes read_buffer() { return frames_.buffer(); }
  void on_connected(instant now, client_output out);
  void on_received(std::size_t count, instant now, client_output out);
  void on_sent(std::size_t count, instant now, client_output out);
  void on_closed(const error& why, instant now, client_output out);
  void on_tick(instant now, client_output out);
  time_point deadline() const;

  /// The version to encode a request in: the highest that both ends have, at most `cap`.
  /// Errors: UNSUPPORTED_VERSION, naming both ranges. Precondition: ready.
  result<api_version> version_of(wire::api_key key, api_version cap = INT16_MAX) const;

  /// Sends a message of the wire module, pipelined behind what is in flight. The handler is called once, through `settled`.
  /// Errors: what the version cannot carry; then nothing was sent, and the handler is not called.
  /// Precondition: can_send(now), and `version` is one that version_of() gave.
  template <class Message>
  result<void> send(const Message& message, api_version version, request_options how, reply_handler handler,
                    instant now, client_output out) {
    auto frame = begin(Message::api, version);
    encode(frame.body(), message, version);
    return finish(std::move(frame), {Message::api, version, how}, std::move(handler), now, out);
  }
  /// As above, of a body that is encoded already.
  result<void> send_encoded(wire::api_key key, api_version version, const byte_chain& body,
                            request_options how, reply_handler handler, instant now, client_output out);

  /// Ready, room in the window, not muted, nor about to authenticate again.
  bool can_send(instant now) const;
  /// When a muted connection speaks again; a time that is past if it is not muted.
  time_point muted_until() const { return muted_until_; }
  /// KIP-219: the broker asked for silence. What is outstanding waits that much longer, too: the broker reads nothing meanwhile.
  void throttle(millis how_long, instant now);

  /// Ends the connection; every request outstanding is settled with `why`.
  void close(const error& why, instant now, client_output out);

  connection_id id() const { return id_; }
  const endpoint& to() const { return to_; }
  phase state() const { return phase_; }
  bool ready() const { return phase_ == phase::ready; }
  int in_flight() const { return static_cast<int>(outstanding_.size() + silent_.size()); }
  const broker_capabilities& broker() const { return broker_; }
  /// Why it closed. `idle()` tells a connection that merely had nothing to do: no reason to back off or to re-bootstrap.
  const error& closed_because() const { return why_closed_; }
  bool idle() const { return idle_; }

 private:
  struct description {
    wire::api_key key;
    api_version version;
    request_options how;
  };
  struct outstanding {
    klamm::correlation_id correlation_id;
    description what;
    std::uint64_t end;  // the position in the stream of bytes sent, behind its last byte
    time_point sent_at, deadline;
    reply_handler handler;
  };

  frame_writer begin(wire::api_key key, api_version version);
  result<void> finish(frame_writer frame, description what, reply_handler handler, instant now,
                      client_output& out);
  void ask_versions(api_version version, instant now, client_output& out);
  void on_frame(const buffer_slice& frame, instant now, client_output& out);
  void on_versions(const buffer_slice& body, instant now, client_output& out);
  void on_versions_refused(wire::version_range has, instant now, client_output& out);
  template <class Message>
  void ask(const Message& message, api_version version, instant now, client_output& out);
  result<api_version> common_version(wire::api_key key, api_version cap) const;
  void authenticate(instant now, client_output& out);
  void on_authentication(const description& of, const buffer_slice& body, instant now, client_output& out);
  void on_mechanisms(const buffer_slice& body, api_version version, instant now, client_output& out);
  void on_challenge(const buffer_slice& body, api_version version, instant now, client_output& out);
  void send_token(const std::string& token, instant now, client_output& out);
  bool must_authenticate(time_point now) const { return session_ends_ <= now; }
  void become_ready(instant now);
  void settle(outstanding&& what, result<response> answer, instant now, client_output& out);
  void fail_all(const error& why, instant now, client_output& out);
  void end(const error& why, bool abort, instant now, client_output& out);
  void time_out(instant now, client_output& out);
  void refresh_deadline();

  connection_id id_;
  endpoint to_;
  client_connection_options options_;
  phase phase_ = phase::connecting;
  frame_reader frames_;
  broker_capabilities broker_;

  std::deque<outstanding> outstanding_;  // expect a reply, in the order of sending
  std::deque<outstanding> silent_;       // expect none, and are not with the operating system yet
  std::int32_t next_correlation_ = 0;
  std::uint64_t queued_bytes_ = 0, sent_bytes_ = 0;

  api_version asked_version_ = 0;            // of ApiVersions, while negotiating
  time_point step_deadline_ = never;         // of the step before ready
  time_point request_deadline_ = never;      // the earliest of the outstanding ones
  std::unique_ptr<sasl_exchange> exchange_;  // while authenticating
  time_point session_ends_ = never;          // and has to be begun anew
  time_point last_active_{};
  time_point muted_until_{};

  error why_closed_{error_code::none};
  bool idle_ = false;
};

}  // namespace klamm::link
