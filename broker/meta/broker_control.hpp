// The brokers of the cluster: who is one (KIP-631), who lives, and who is going. Decides on the image, and keeps the sessions.
//
//   what is wrong with a registration                          its error
//   --------------------------------------------------------   -----------------------------
//   another cluster's id                                       INCONSISTENT_CLUSTER_ID
//   another incarnation is live, and is not shutting down      DUPLICATE_BROKER_REGISTRATION
//   no directory, one twice, a reserved or another broker's    INVALID_REGISTRATION
//   a finalized feature that the broker does not do            UNSUPPORTED_VERSION
//
// A new incarnation leaves every ISR before it is registered: what the old one had may be gone. If it says by the epoch of
// its last incarnation (v3) that it shut down cleanly, it stays eligible (ELR); otherwise it leaves the ELR too, and leads again
// as the last known leader, or after it caught up (KIP-966). The same incarnation again keeps its epoch and its state.
//
//   what is wrong with a heartbeat                             its error
//   --------------------------------------------------------   -----------------------------
//   no such broker, or another epoch than its registration's   STALE_BROKER_EPOCH
//
// What a good one changes: broker_state.hpp.
#pragma once

#include <string>

#include "base/time.hpp"
#include "broker/meta/broker_sessions.hpp"
#include "broker/meta/broker_state.hpp"
#include "broker/meta/decision.hpp"
#include "wire/messages/allocate_producer_ids.hpp"
#include "wire/messages/broker_heartbeat.hpp"
#include "wire/messages/broker_registration.hpp"
#include "wire/messages/unregister_broker.hpp"

namespace klamm::broker::meta {

class broker_control {
 public:
  broker_control(const instant& clock, std::string cluster_id)
      : clock_(clock), cluster_id_(std::move(cluster_id)) {}

  void start(const decision& d, node_id self);
  void stop() { sessions_.clear(); }

  wire::broker_registration_response register_broker(const wire::broker_registration_request& request,
                                                     decision& d);
  wire::broker_heartbeat_response heartbeat(const wire::broker_heartbeat_request& request, decision& d);
  wire::unregister_broker_response unregister_broker(const wire::unregister_broker_request& request,
                                                     decision& d);

  /// A broker whose session is over; its fencing is to be decided and, should that fail, tried again.
  std::optional<node_id> pop_over() { return sessions_.pop_over(clock_.steady); }
  void fence(node_id id, decision& d);
  void try_again(node_id id, const decision& d) { sessions_.begin(id, session_end(d), false); }

  void note_applied(node_id id, offset end) { sessions_.applied(id, end); }
  /// What every live broker, but for one that is left out, has applied; `limit` if there is none.
  offset applied_by_all(const image& state, offset limit, node_id but = node_id(-1)) const;
  time_point deadline() const { return sessions_.deadline(); }

 private:
  time_point session_end(const decision& d) const;
  heartbeat_facts facts_of(const wire::broker_heartbeat_request& request, const broker_image& broker,
                           const decision& d);
  void enter(broker_state next, const broker_image& broker, decision& d);

  const instant& clock_;
  std::string cluster_id_;
  broker_sessions sessions_;
};

/// STALE_BROKER_EPOCH unless the broker is registered under this epoch.
result<void> check_broker_epoch(const image& state, node_id id, std::int64_t epoch);

wire::allocate_producer_ids_response allocate_producer_ids(const wire::allocate_producer_ids_request& request,
                                                           decision& d);

}  // namespace klamm::broker::meta
