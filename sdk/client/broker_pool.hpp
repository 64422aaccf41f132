// The connections to the brokers, one for each broker and lane, made when something is to be sent.
//
//   event                        what happens
//   --------------------------   ---------------------------------------------------------------------------------------
//   call(to, ...)                queued; sent when `to` has a connection with room; made if there is none and no backoff
//   call(any_broker, ...)        to the least busy ready connection; else brokers (the seeds, as long as none is known) are
//                                tried one after the other, the next one beside the last after a second
//   connection ready             its broker's backoff starts anew
//   connection failed            backoff (KIP-580); what waits for this broker fails; any_broker goes on with the next
//   connection refused           the same, and what may go to any broker fails too: wrong credentials are wrong everywhere
//   connection lost              its requests fail with `disconnected`; what waits is sent on the next connection
//   deadline of a waiting call   it fails with `timed_out` (`connect_failed` where no broker is reached), certainly not written
//   brokers known / rebootstrap  addresses change: connections to addresses that are no longer right are closed
//
// Handlers run in pump(), never inside call(), so that a machine is not re-entered.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/backoff.hpp"
#include "base/deadline_queue.hpp"
#include "base/log_sink.hpp"
#include "base/rng.hpp"
#include "client/call.hpp"
#include "client/cluster_features.hpp"
#include "client/measurements.hpp"
#include "client/metadata_snapshot.hpp"
#include "client/options.hpp"

namespace klamm::client {

class broker_pool {
 public:
  broker_pool(const connection_options& options, rng random, log_sink& log);

  // For the machines.
  void call(destination to, pending_call what) { waiting_[to].push_back(std::move(what)); }
  /// Whether a call would leave at once; if not, a connection is made with the next pump.
  bool can_send(destination to, time_point now);
  /// The version that a request to this broker would have. Precondition: can_send.
  result<api_version> version_of(destination to, wire::api_key key, api_version cap = INT16_MAX) const;
  /// Where a call would leave at once, the least busy one; no connection is made for it.
  std::optional<destination> ready_broker(time_point now) {
    const auto* open = least_busy(now);
    return open ? std::optional(open->to) : std::nullopt;
  }
  /// As errors name it.
  std::string name_of(node_id node) const;
  const cluster_features& features() const { return features_; }
  /// KIP-219: nothing is sent on this broker's connections for so long.
  void throttle(destination to, millis how_long, instant now);
  /// Ends the connections to a broker that turned out to be another one or of another cluster.
  void drop(node_id node, const error& why, instant now, link::net_effects& out);

  // For the metadata.
  void learn(node_id node, const link::endpoint& at, instant now, link::net_effects& out);
  void set_brokers(std::span<const broker_view> brokers, std::string cluster_id, instant now,
                   link::net_effects& out);
  /// Forgets all brokers: the seeds are asked again.
  void use_seeds(instant now, link::net_effects& out);
  /// No broker that is known can be reached: each failed since it was last connected.
  bool all_unreachable() const;
  /// Why no answer came in time: `what`, and if no connection succeeded since one failed, that failure and its code.
  error overdue(std::string_view what) const;
  /// Why a broker is not reached, for one of those that are not; empty where all are.
  std::string_view unreachable_broker() const {
    return unreachable_.empty() ? std::string_view() : std::string_view(unreachable_.begin()->second);
  }
  bool on_seeds() const { return brokers_.empty(); }
  /// Whether a connection failed or was lost since the last call.
  bool take_trouble() { return std::exchange(trouble_, false); }

  // For the core.
  mutable_bytes read_buffer(link::connection_id id);
  /// False: all is as it was, since a part of a request went out or a piece of an answer came.
  bool on(const link::net_event& event, instant now, link::net_effects& out);
  /// Runs handlers, sends what can be sent. True if a handler ran: machines may have more to do.
  bool pump(instant now, link::net_effects& out);
  time_point deadline() const;
  void close_all(const error& why, instant now, link::net_effects& out);
  std::size_t connections() const { return connections_.size(); }
  measured_brokers measure(time_point now) const;

 private:
  struct broker {
    link::endpoint at;
    retry_state retry;
  };
  /// To and from one broker, over all of its connections.
  struct broker_traffic {
    link::endpoint at;
    traffic_counts counts;
    std::map<wire::api_key, std::uint64_t> requests;
    sample_window round_trip, throttle;
  };
  struct open_connection {
    destination to;
    link::client_connection link;
    broker_traffic& traffic;
    time_point since;
    bool heard = false;  // what the broker says of the cluster
  };
  using connection_map = std::map<link::connection_id, open_connection>;

  link::client_output output(link::net_effects& out) { return {out, settled_}; }
  open_connection* find(destination to);
  const open_connection* find(destination to) const { return const_cast<broker_pool*>(this)->find(to); }
  broker* find_broker(node_id node);
  void connect(destination to, instant now, link::net_effects& out);
  void touched(connection_map::iterator at, instant now);
  void closed(connection_map::iterator at, instant now);
  void close_where(auto condition, const error& why, instant now, link::net_effects& out);
  void serve(destination to, std::deque<pending_call>& calls, instant now, link::net_effects& out);
  void serve_any(std::deque<pending_call>& calls, instant now, link::net_effects& out);
  void send_front(open_connection& on, std::deque<pending_call>& calls, instant now, link::net_effects& out);
  open_connection* least_busy(time_point now);
  void try_next_broker(instant now, link::net_effects& out);
  void want(destination to);
  void make_wanted(instant now, link::net_effects& out);
  void drop_overdue(std::deque<pending_call>& calls, time_point now);
  void fail(std::deque<pending_call>& calls, const error& why);
  bool run_handlers(instant now);
  void count_event(open_connection& on, const link::net_event& event);
  /// What was settled since there were `before`.
  void count_settled(open_connection& on, std::size_t before, instant now);
  void forget_traffic();
  void wait_until(time_point at) { next_try_ = std::min(next_try_, at); }

  const connection_options& options_;
  rng random_;
  log_sink& log_;

  std::map<node_id, broker> brokers_;
  std::map<node_id, broker> seeds_;  // node ids -2 and below
  std::string cluster_id_;
  cluster_features features_;
  std::map<node_id, broker_traffic> traffic_;  // outlives the connections
  traffic_counts forgotten_traffic_;
  connection_map connections_;
  std::map<destination, link::connection_id> by_destination_;
  std::map<destination, std::deque<pending_call>>
      waiting_;                      // a queue that is empty keeps its memory for the next
  std::vector<destination> wanted_;  // by can_send, since the last pump; each once, in order

  std::vector<link::settled_request> settled_;
  deadline_queue<link::connection_id> deadlines_;
  time_point next_try_ = never;
  std::int64_t next_id_ = 1;
  bool trouble_ = false;
  std::map<node_id, std::string> unreachable_;  // brokers whose last connection failed, and why
  std::optional<error> last_failure_;           // of a connection; none since one became ready
};

}  // namespace klamm::client
