#include "broker/server/node_host.hpp"

#include <iterator>
#include <utility>

#include "net/system.hpp"

namespace klamm::broker::server {

node_host::node_host(node::node_options options, node::node_environment environment,
                     node_disks::options disks, std::function<void()> changed,
                     std::function<void(completions)> done)
    : node_(std::move(options), environment), sink_(environment.sink), changed_(std::move(changed)) {
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
  do_disk(now, out);
  if (disks_ && (disks_->short_of_descriptors() || shortage_.begun())) {
    bear_shortage(now);
    do_disk(now, out);
  }
  const auto before = std::exchange(last_state_, node_.current_state());
  if (before != last_state_) changed_();
}

void node_host::do_disk(instant now, link::net_effects& out) {
  do {
    log::disk_effects operations;
    node_.take_disk(operations);
    if (disks_ && !operations.empty()) disks_->submit(std::move(operations));
    for (auto done = std::exchange(completions_, {}); auto& completion : done)
      node_.complete(std::move(completion), now, out);
  } while (node_.has_disk_effects());
}

void node_host::bear_shortage(instant now) {
  const bool serving = node_.current_state() == node::node::state::serving;
  const auto next = shortage_.look(now.steady, disks_->short_of_descriptors(), serving);
  if (next.retry) disks_->retry();
  if (next.say) sink_.write(log_level::error, "disk", shortage_.text(net::descriptor_limit()));
  if (next.give_up) node_.fail(error(error_code::io_error, shortage_.text(net::descriptor_limit())));
}

}  // namespace klamm::broker::server
