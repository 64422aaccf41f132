// Ids for idempotent producers, out of blocks that the controller gives to this broker (KIP-730).
//
//   event            what happens
//   --------------   ---------------------------------------------------------------------------------------------
//   next             an id of the block; without one the next block is asked for, once, and whoever wants one waits
//   a block comes    who waits is served
//   it is refused    COORDINATOR_LOAD_IN_PROGRESS, which clients try again
#pragma once

#include <deque>

#include "broker/node/controller_channel.hpp"
#include "broker/node/lifecycle.hpp"
#include "wire/messages/allocate_producer_ids.hpp"

namespace klamm::broker::node {

class producer_ids final : public api::producer_id_source {
 public:
  producer_ids(controller_channel& channel, const lifecycle& registered, node_id self)
      : channel_(channel), registered_(registered), self_(self) {}

  void next(unique_function<void(result<producer_id>)> done) override;

 private:
  void give();
  void ask();
  void on_block(const result<wire::allocate_producer_ids_response>& came);

  controller_channel& channel_;
  const lifecycle& registered_;
  node_id self_;
  producer_id first_;
  std::int32_t count_ = 0;  // ids left, from first_ on
  std::deque<unique_function<void(result<producer_id>)>> waiting_;
  bool asking_ = false;
};

}  // namespace klamm::broker::node
