// How this node's followers reach the brokers that lead their partitions.
#pragma once

#include "broker/peer/links.hpp"
#include "broker/replica/leader_link.hpp"
#include "wire/messages/list_offsets.hpp"

namespace klamm::broker::node {

class leader_connections final : public replica::leader_links {
 public:
  leader_connections(peer::links& links, const instant& clock, node_id self)
      : links_(links), clock_(clock), self_(self) {}

  void fetch(node_id leader, wire::fetch_request request, replica::fetched_handler done) override;
  void range(node_id leader, const replica::range_question& asked, replica::range_handler done) override;

 private:
  using offset_handler = unique_function<void(result<offset>)>;
  void ask_offset(node_id leader, const replica::range_question& asked, timestamp which, offset_handler done);

  peer::links& links_;
  const instant& clock_;
  node_id self_;
};

}  // namespace klamm::broker::node
