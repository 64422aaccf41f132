// The connections that a node makes to other nodes: one for each node and lane, made when something is to be said.
//
//   event                        what happens
//   --------------------------   ----------------------------------------------------------------------------------------
//   send(to, request)            queued; sent when the connection has room; connected if there is none and no backoff
//   connection ready             the backoff of its address starts anew
//   connection failed            backoff (KIP-580); what waits for it fails
//   connection lost              its requests fail
//   time of a request is over    it fails with REQUEST_TIMED_OUT; a connection that owes an answer then ends
//   an address changes           connections to the old one end
//
// A server answers in the order of asking: what may wait long has a lane of its own, so that nothing waits behind it that must
// not. Handlers run in pump(), never inside send(), so that a machine is not re-entered.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/backoff.hpp"
#include "base/deadline_queue.hpp"
#include "base/log_sink.hpp"
#include "base/result.hpp"
#include "base/rng.hpp"
#include "base/unique_function.hpp"
#include "link/client_connection.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::broker::peer {

/// What is said on a connection. All but `records` go to a controller's listener.
enum class lane : std::uint8_t {
  election,    // Vote, BeginQuorumEpoch, EndQuorumEpoch, ApiVersions
  metadata,    // Fetch and FetchSnapshot of the metadata log
  liveness,    // BrokerRegistration, BrokerHeartbeat
  decisions,   // AlterPartition, AllocateProducerIds, AddRaftVoter, RemoveRaftVoter, UpdateRaftVoter
  forwarding,  // Envelope: a client's request, which may wait for many brokers
  records,     // Fetch of partitions
};

struct destination {
  node_id node;
  lane by;
  auto operator<=>(const destination&) const = default;
};

struct request {
  wire::api_key key;
  unique_function<void(wire::writer&, api_version)> encode;
  /// From now to the answer.
  duration timeout;
  unique_function<void(result<link::response>)> then;
};

/// What came, or why it is no answer. The response views the frame.
template <class Response>
result<Response> decoded(const result<link::response>& came) {
  if (!came) return came.failure();
  Response response;
  wire::reader from(came->body);
  decode(from, response, came->version);
  if (!from.ok()) return error(error_code::malformed_response, from.failure());
  return response;
}

/// A request that is encoded once its version is known, and its answer, decoded. `what` has to hold what it views. The
/// response views its frame, which lives while `then` runs.
template <class Request, class Then>
request make_request(Request what, duration timeout, Then then) {
  return {Request::api,
          [what = std::move(what)](wire::writer& to, api_version version) { encode(to, what, version); },
          timeout,
          [then = std::move(then)](const result<link::response>& came) mutable {
            then(decoded<typename Request::response>(came));
          }};
}

struct links_options {
  std::string client_id;
  backoff_options reconnect{millis(20), millis(500)};
  duration connect_timeout = millis(2000);
};

class links {
 public:
  links(links_options options, rng random, log_sink& sink);

  /// Where the controllers' listeners are, and the brokers'. Nodes that are not named are no longer known.
  void set_controllers(std::map<node_id, link::endpoint> at);
  void set_brokers(std::map<node_id, link::endpoint> at);
  /// One more controller, or one that is elsewhere, until the next set_controllers().
  void learn_controller(node_id who, link::endpoint at);

  void send(destination to, request what, time_point now);

  bool owns(link::connection_id id) const { return connections_.contains(id); }
  mutable_bytes read_buffer(link::connection_id id);
  void on(const link::event::connected& event, instant now, link::net_effects& out);
  void on(const link::event::received& event, instant now, link::net_effects& out);
  void on(const link::event::sent& event, instant now, link::net_effects& out);
  void on(const link::event::closed& event, instant now, link::net_effects& out);
  void tick(instant now, link::net_effects& out);
  /// Runs handlers, sends what can be sent. Whether handlers ran.
  bool pump(instant now, link::net_effects& out);
  time_point deadline() const;
  void close(instant now, link::net_effects& out);

 private:
  struct waiting_request {
    request what;
    time_point deadline;
  };
  struct queue {
    std::deque<waiting_request> requests;
    link::connection_id connection{-1};
    retry_state retry;
    bool connected = false;  // a connection exists
  };
  struct open_connection {
    destination to;
    link::client_connection link;
  };
  using connection_map = std::map<link::connection_id, open_connection>;

  const link::endpoint* address_of(destination to) const;
  void forget_moved();
  void close_moved(link::connection_id id, instant now, link::net_effects& out);
  template <class Call>
  void with_connection(link::connection_id id, instant now, link::net_effects& out, Call call);
  void look_at(connection_map::iterator at, instant now);
  void on_lost(connection_map::iterator at, instant now);
  void serve(destination to, queue& waiting, instant now, link::net_effects& out);
  void connect(destination to, queue& waiting, instant now, link::net_effects& out);
  void send_front(open_connection& by, queue& waiting, instant now, link::net_effects& out);
  void fail(queue& waiting, const error& why);
  void fail_overdue(queue& waiting, time_point now);
  void refuse(request what, error why);
  bool run_handlers(instant now);

  links_options options_;
  rng random_;
  log_sink& sink_;
  std::map<node_id, link::endpoint> controllers_, brokers_;
  connection_map connections_;
  std::map<destination, queue> queues_;
  std::vector<destination> due_;  // to be looked at by the next pump
  deadline_queue<link::connection_id> connection_deadlines_;
  deadline_queue<destination> queue_deadlines_;
  std::vector<link::settled_request> settled_;
  std::vector<link::connection_id> moved_;
  std::int64_t next_id_ = 1;
};

}  // namespace klamm::broker::peer
