// What the two machines of a node say to each other. They share nothing but immutable images, so that each may run on a
// thread of its own: a data disk that stalls must not cost an election.
//
//   data -> quorum                                     quorum -> data
//   ------------------------------------------------   -----------------------------------------------------------
//   asked      a request for the controller            answered    what it came to
//   applied    everything below is served here         published   the next committed image of the metadata
//                                                      leads       who is the active controller, as far as is known
//                                                      voting      who votes in the quorum, by its log
//                                                      failed      the metadata log is lost: the process has to end
#pragma once

#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "broker/api/serve.hpp"
#include "broker/meta/image.hpp"
#include "broker/raft/voters.hpp"

namespace klamm::broker::node {

struct asked {
  api::request what;
  api::send_response send;
};
struct applied {
  offset end;
};
using to_quorum = std::variant<asked, applied>;

struct answered {
  api::send_response send;
  result<byte_chain> with;
};
struct published {
  meta::image_ptr image;
};
struct leads {
  node_id controller;  // -1: nobody is known to
  bool operator==(const leads&) const = default;
};
struct voting {
  std::vector<raft::voter> voters;
  std::int16_t kraft_version;
};
struct failed {
  error why;
};
using to_data = std::variant<answered, published, leads, voting, failed>;

}  // namespace klamm::broker::node
