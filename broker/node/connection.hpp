// One client's connection and what handlers are told of it.
#pragma once

#include "broker/node/node.hpp"

namespace klamm::broker::node {

struct node::connection {
  connection(const link::event::accepted& from, link::server_connection_options options, instant now)
      : link(from.id, options, now), listener(from.listener), peer(from.peer), local(from.local) {}

  link::server_connection link;
  link::listener_id listener;
  link::endpoint peer, local;
};

}  // namespace klamm::broker::node
