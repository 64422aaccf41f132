// One node on this process's network and disk: what the driver drives. The node's disk operations are carried out when each
// event has been handled, inline: its thread is the disk's thread, so that no hand-off costs latency.
#pragma once

#include <functional>
#include <vector>

#include "broker/node/node.hpp"
#include "broker/server/posix_disk.hpp"
#include "link/transport.hpp"

namespace klamm::broker::server {

class node_host final : public link::net_machine {
 public:
  /// `changed` hears when the node's state has changed.
  node_host(node::node_options options, node::node_environment environment, posix_disk::options disk,
            std::function<void()> changed);

  void start(instant now, link::net_effects& out);
  void stop(instant now, link::net_effects& out);

  mutable_bytes read_buffer(link::connection_id id) override { return node_.read_buffer(id); }
  void on(const link::net_event& event, instant now, link::net_effects& out) override;
  time_point deadline() const override { return node_.deadline(); }

  node::node& node() { return node_; }

 private:
  void carry_out(instant now, link::net_effects& out);

  node::node node_;
  node::node::state last_state_ = node::node::state::starting;
  std::function<void()> changed_;
  std::vector<log::disk_completion> completions_;
  posix_disk disk_;
};

}  // namespace klamm::broker::server
