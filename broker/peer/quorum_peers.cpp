#include "broker/peer/quorum_peers.hpp"

#include <memory>

namespace klamm::broker::peer {

template <class What, class Response>
void quorum_peers::send_by(lane by, node_id to, const What& what, duration timeout,
                           raft::reply<Response> then) {
  // What goes on the wire points into what is said, and is encoded once there is a connection.
  const auto kept = std::make_shared<const What>(what);
  auto said = raft::to_wire(*kept, own_, to);
  using answered = typename decltype(said)::response;
  links_.send({to, by},
              make_request(std::move(said), timeout,
                           [kept, then = std::move(then)](result<answered> came) mutable {
                             if (!came) return then(came.failure());
                             then(raft::from_wire(*came));
                           }),
              clock_.steady);
}

void quorum_peers::send(node_id to, const raft::vote_request& what, raft::reply<raft::vote_response> then) {
  send_by(lane::election, to, what, timeout_, std::move(then));
}

void quorum_peers::send(node_id to, const raft::begin_epoch_request& what,
                        raft::reply<raft::epoch_response> then) {
  send_by(lane::election, to, what, timeout_, std::move(then));
}

void quorum_peers::send(node_id to, const raft::end_epoch_request& what,
                        raft::reply<raft::epoch_response> then) {
  send_by(lane::election, to, what, timeout_, std::move(then));
}

void quorum_peers::send(node_id to, const raft::fetch_request& what, raft::reply<raft::fetch_response> then) {
  send_by(lane::metadata, to, what, timeout_ + what.max_wait, std::move(then));
}

void quorum_peers::send(node_id to, const raft::snapshot_request& what,
                        raft::reply<raft::snapshot_response> then) {
  send_by(lane::metadata, to, what, timeout_, std::move(then));
}

void quorum_peers::send(node_id to, const raft::versions_request& what,
                        raft::reply<raft::versions_response> then) {
  send_by(lane::election, to, what, timeout_, std::move(then));
}

void quorum_peers::send(node_id to, const raft::add_voter_request& what,
                        raft::reply<raft::change_response> then) {
  send_by(lane::decisions, to, what, timeout_, std::move(then));
}

void quorum_peers::send(node_id to, const raft::remove_voter_request& what,
                        raft::reply<raft::change_response> then) {
  send_by(lane::decisions, to, what, timeout_, std::move(then));
}

void quorum_peers::send(node_id to, const raft::update_voter_request& what,
                        raft::reply<raft::update_voter_response> then) {
  send_by(lane::decisions, to, what, timeout_, std::move(then));
}

}  // namespace klamm::broker::peer
