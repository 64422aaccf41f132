// One node on this process's network and disk: what the driver drives. Either its disk operations are carried out when each
// event has been handled, inline: its thread is the disk's thread, so that no hand-off costs latency; what takes longer than a
// turn waits for the next, and other events come between. Or on the disks' threads, which hand over what is done to be completed
// on the node's.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "broker/node/node.hpp"
#include "broker/server/descriptor_shortage.hpp"
#include "broker/server/disk_turns.hpp"
#include "broker/server/node_disks.hpp"
#include "link/transport.hpp"

namespace klamm::broker::server {

class node_host final : public link::net_machine {
 public:
  using completions = std::vector<log::disk_completion>;

  /// `changed` hears when the node's state has changed. `done`, on a disk's thread, has to bring what it gets to complete() on
  /// the node's; inline it is called on that, with nothing, where the disk has to go on.
  node_host(node::node_options options, node::node_environment environment, node_disks::options disks,
            std::function<void()> changed, std::function<void(completions)> done);

  void start(instant now, link::net_effects& out);
  void stop(instant now, link::net_effects& out, node::others rest);
  void complete(completions done, instant now, link::net_effects& out);
  /// Waits for what the disks do. Nothing is handed over afterwards.
  void end_disks() { disks_.reset(); }

  mutable_bytes read_buffer(link::connection_id id) override { return node_.read_buffer(id); }
  void on(const link::net_event& event, instant now, link::net_effects& out) override;
  time_point deadline() const override { return std::min(node_.deadline(), shortage_.deadline()); }

  node::node& node() { return node_; }

 private:
  void carry_out(instant now, link::net_effects& out);
  void do_disk(instant now, link::net_effects& out);
  void take_turn(bool next, instant now, link::net_effects& out);
  void settle(instant now, link::net_effects& out);
  void bear_shortage(instant now);

  node::node node_;
  log_sink& sink_;
  node::node::state last_state_ = node::node::state::starting;
  std::function<void()> changed_;
  std::function<void(completions)> done_;
  const bool inline_;
  completions completions_;
  disk_turns turns_;        // inline
  bool next_turn_ = false;  // is asked for
  descriptor_shortage shortage_;
  std::optional<node_disks> disks_;
};

}  // namespace klamm::broker::server
