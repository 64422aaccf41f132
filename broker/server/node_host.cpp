#include "broker/server/node_host.hpp"

#include <iterator>
#include <utility>

namespace klamm::broker::server {

node_host::node_host(node::node_options options, node::node_environment environment,
                     node_disks::options disks, std::function<void()> changed,
                     std::function<void(completions)> done)
    : node_(std::move(options), environment), changed_(std::move(changed)) {
  if (disks.data_threads > 0)
    disks_.emplace(disks, [done = std::move(done)](completions&& finished) { done(std::move(finished)); });
  else
    disks_.emplace(disks, [this](completions&& finished) {
      completions_.insert(completions_.end(), std::make_move_iterator(finished.begin()),
                          std::make_move_iterator(finished.end()));
    });
}

void node_host::start(instant now, link::net_effects& out) {
  node_.start(now);
  carry_out(now, out);
}

void node_host::stop(instant now, link::net_effects& out) {
  node_.stop(now, out);
  carry_out(now, out);
}

void node_host::on(const link::net_event& event, instant now, link::net_effects& out) {
  node_.on(event, now, out);
  carry_out(now, out);
}

void node_host::complete(completions done, instant now, link::net_effects& out) {
  for (auto& completion : done) node_.complete(std::move(completion), now, out);
  carry_out(now, out);
}

void node_host::carry_out(instant now, link::net_effects& out) {
  while (node_.has_disk_effects()) {
    log::disk_effects operations;
    node_.take_disk(operations);
    if (disks_) disks_->submit(std::move(operations));
    for (auto done = std::exchange(completions_, {}); auto& completion : done)
      node_.complete(std::move(completion), now, out);
  }
  const auto before = std::exchange(last_state_, node_.current_state());
  if (before != last_state_) changed_();
}

}  // namespace klamm::broker::server
