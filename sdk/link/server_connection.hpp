// One client's connection, from the broker's side: frames in, requests out in order; replies in, in any order; frames out in order.
//
//   event                          what happens
//   ----------------------------   ------------------------------------------------------------------------------------
//   bytes, open                    cut frames while the pipeline has room; each becomes an `incoming` request
//   a frame that is no frame,      close, as Apache Kafka does: nothing is answered and nothing is allocated
//   a header that does not decode,
//   an API or version not served
//   ApiVersions, version unknown   answered here: version 0's form, error 35, the range of ApiVersions (KIP-511)
//   reply(n), n is the oldest      send it, and every finished one that waited behind it
//   reply(n), n is not             keep it
//   no_reply(n)                    as a reply of no bytes (Produce with acks=0)
//   pipeline full                  stop cutting and reading; go on when half of it has drained
//   a part of a large frame came   read on, or wait unread for the frames of others (frame_memory.hpp)
//   memory is free                 read on
//   mute(until)                    stop cutting and reading until then (KIP-219: after the throttled reply was sent)
//   finish                         take nothing more, close when everything outstanding is answered (clean shutdown)
//   idle too long                  close; a connection with a request outstanding is never idle, a frame that trickles is
//
// The pipeline is full when too many requests wait for their reply, or too many bytes of requests and of replies that the
// client has not read: 100,000 requests from a client that reads nothing stop here, not in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "link/api_set.hpp"
#include "link/frame_memory.hpp"
#include "link/frame_reader.hpp"
#include "link/frame_writer.hpp"
#include "link/reply_memory.hpp"
#include "link/transport.hpp"
#include "wire/messages/request_header.hpp"

namespace klamm::link {

struct server_connection_options {
  /// What this listener serves. A version outside closes the connection.
  const api_set* serves = &api_set::ours();
  std::size_t max_frame = default_max_frame;
  /// What large frames share while they arrive. Null: nothing.
  frame_memory* memory = nullptr;
  /// What answers share until they are read. Null: nothing.
  reply_memory* replies = nullptr;
  std::size_t max_requests = 128;
  /// Requests unanswered plus replies unread. One request may exceed it, if it is alone.
  std::size_t max_bytes = 4 * 1024 * 1024;
  duration idle_timeout = std::chrono::minutes(10);
};

/// Counts the requests of one connection, from 0.
using request_number = std::uint64_t;

struct incoming {
  request_number number;
  wire::request_header header;  // its texts are views into `frame`
  buffer_slice frame;
  buffer_slice body;

  wire::api_key key() const { return header.request_api_key; }
  api_version version() const { return header.request_api_version; }
};

/// What a connection's call decided.
struct server_output {
  net_effects& net;
  std::vector<incoming>& requests;  // in the order in which they came
};

class server_connection {
 public:
  server_connection(connection_id id, server_connection_options options, instant now);

  mutable_bytes read_buffer();
  void on_received(std::size_t count, instant now, server_output out);
  void on_sent(std::size_t count, instant now, server_output out);
  /// The peer is gone: replies that come later are dropped.
  void on_closed();
  /// It need not wait for the frames of others any more.
  void on_memory(instant now, server_output out);
  void on_tick(instant now, server_output out);
  time_point deadline() const;

  /// The response, encoded here in the request's version. Each request gets one reply() or no_reply(); what comes for a request
  /// that has its reply, or after the end, is dropped. A response that its version cannot carry closes the connection: its
  /// place in the stream cannot stay empty.
  template <class Message>
  void reply(request_number number, const Message& message, instant now, server_output out) {
    auto* to = waiting(number);
    if (!to) return;
    auto frame = begin(*to);
    encode(frame.body(), message, to->version);
    settle(number, frame.finish(), now, out);
  }
  /// As above, of a body that is encoded already.
  void reply_encoded(request_number number, const byte_chain& body, instant now, server_output out);
  void no_reply(request_number number, instant now, server_output out);
  void mute(time_point until, instant now, server_output out);
  void finish(instant now, server_output out);
  void close(const error& why, server_output out) { end(why, false, out); }
  /// What it has not read goes with it.
  void abort(const error& why, server_output out) { end(why, true, out); }

  connection_id id() const { return id_; }
  bool open() const { return open_; }
  /// Why this end closed it; NONE while open or if the peer did.
  const error& closed_because() const { return why_closed_; }
  std::size_t outstanding() const { return slots_.size(); }
  bool reading() const { return !paused_; }

 private:
  // A request that came and is not yet answered, or is answered behind one that is not.
  struct slot {
    wire::api_key key;
    api_version version;
    klamm::correlation_id correlation_id;
    std::size_t bytes;  // of the request, then of the reply
    bool answered = false;
    byte_chain reply;
  };

  void cut(instant now, server_output& out);
  void weigh(instant now, server_output& out);
  void take(buffer_slice frame, instant now, server_output& out);
  void refuse_version(instant now, server_output& out);
  slot* waiting(request_number number);
  frame_writer begin(const slot& to) const;
  void settle(request_number number, result<byte_chain> frame, instant now, server_output& out);
  bool full() const { return slots_.size() >= options_.max_requests || held_bytes_ >= options_.max_bytes; }
  bool drained() const {
    return slots_.size() <= options_.max_requests / 2 && held_bytes_ <= options_.max_bytes / 2;
  }
  bool held_back() const { return muted_until_ != never || awaits_memory_ || finishing_; }
  void go_on(instant now, server_output& out);
  void pause(server_output& out);
  void end(const error& why, bool abort, server_output& out);

  connection_id id_;
  server_connection_options options_;
  frame_reader frames_;
  std::deque<slot> slots_;  // slots_[0] is request number first_
  request_number first_ = 0;
  std::size_t held_bytes_ = 0;      // of requests unanswered and of replies not yet with the operating system
  time_point muted_until_ = never;  // never: not muted
  std::optional<frame_memory::holder> large_;  // the frame that arrives
  bool awaits_memory_ = false;
  std::optional<reply_memory::holder> unread_;
  time_point last_active_;
  std::size_t trickle_ = 0;  // bytes since last_active_
  bool paused_ = false;
  bool cutting_ = false;  // in cut(): what it answers itself must not begin another
  bool finishing_ = false;
  bool open_ = true;
  error why_closed_{error_code::none};
};

}  // namespace klamm::link
