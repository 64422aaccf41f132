// The other members of the metadata quorum, reached over connections.
#pragma once

#include "broker/peer/links.hpp"
#include "broker/raft/wire_forms.hpp"

namespace klamm::broker::peer {

class quorum_peers final : public raft::peers {
 public:
  /// `timeout` is controller.quorum.request.timeout.ms. All outlive the peers.
  quorum_peers(links& by, const raft::identity& own, const instant& clock, duration timeout)
      : links_(by), own_(own), clock_(clock), timeout_(timeout) {}

  void send(node_id to, const raft::vote_request& what, raft::reply<raft::vote_response> then) override;
  void send(node_id to, const raft::begin_epoch_request& what,
            raft::reply<raft::epoch_response> then) override;
  void send(node_id to, const raft::end_epoch_request& what, raft::reply<raft::epoch_response> then) override;
  void send(node_id to, const raft::fetch_request& what, raft::reply<raft::fetch_response> then) override;
  void send(node_id to, const raft::snapshot_request& what,
            raft::reply<raft::snapshot_response> then) override;
  void send(node_id to, const raft::versions_request& what,
            raft::reply<raft::versions_response> then) override;
  void send(node_id to, const raft::add_voter_request& what,
            raft::reply<raft::change_response> then) override;
  void send(node_id to, const raft::remove_voter_request& what,
            raft::reply<raft::change_response> then) override;
  void send(node_id to, const raft::update_voter_request& what,
            raft::reply<raft::update_voter_response> then) override;
  void learn(node_id who, const raft::host_port& at) override {
    links_.learn_controller(who, {at.host, at.port});
  }

 private:
  template <class What, class Response>
  void send_by(lane by, node_id to, const What& what, duration timeout, raft::reply<Response> then);

  links& links_;
  const raft::identity& own_;
  const instant& clock_;
  duration timeout_;
};

}  // namespace klamm::broker::peer
