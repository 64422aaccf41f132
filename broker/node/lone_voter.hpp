// The peers of a quorum of one: there are none, and none is ever asked.
#pragma once

#include <cassert>

#include "broker/raft/messages.hpp"

namespace klamm::broker::node {

class lone_voter final : public raft::peers {
 public:
  void send(node_id, const raft::vote_request&, raft::reply<raft::vote_response>) override { assert(false); }
  void send(node_id, const raft::begin_epoch_request&, raft::reply<raft::epoch_response>) override {
    assert(false);
  }
  void send(node_id, const raft::end_epoch_request&, raft::reply<raft::epoch_response>) override {
    assert(false);
  }
  void send(node_id, const raft::fetch_request&, raft::reply<raft::fetch_response>) override {
    assert(false);
  }
  void send(node_id, const raft::snapshot_request&, raft::reply<raft::snapshot_response>) override {
    assert(false);
  }
};

}  // namespace klamm::broker::node
