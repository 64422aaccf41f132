#include "broker/server/node_host.hpp"

#include <iterator>
#include <utility>

#include "net/system.hpp"

namespace klamm::broker::server {
namespace {

/// How long the disk may take before other events come, and how many operations it does between two looks at the clock: enough for
/// helpers to have them in common.
constexpr duration turn = millis(5);
constexpr std::size_t at_once = 16;

}  // namespace

node_host::node_host(node::node_options options, node::node_environment environment,
                     node_disks::options disks, std::function<void()> changed,
                     std::function<void(completions)> done)
    : node_(std::move(options), environment),
      sink_(environment.sink),
      changed_(std::move(changed)),
      done_(std::move(done)),
      inline_(disks.data_threads == 0) {
  if (!inline_)
    disks_.emplace(disks, [this](completions&& finished) { done_(std::move(finished)); });
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

void node_host::stop(instant now, link::net_effects& out, node::others rest) {
  node_.stop(now, out, rest);
  carry_out(now, out);
}

void node_host::on(const link::net_event& event, instant now, link::net_effects& out) {
  node_.on(event, now, out);
  carry_out(now, out);
}

void node_host::complete(completions done, instant now, link::net_effects& out) {
  for (auto& completion : done) node_.complete(std::move(completion), now, out);
  if (std::exchange(next_turn_, false)) take_turn(true, now, out);
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
  if (inline_) return take_turn(false, now, out);
  log::disk_effects operations;
  node_.take_disk(operations);
  if (disks_ && !operations.empty()) disks_->submit(std::move(operations));
}

/// What is asked for now; `next`: and what waits.
void node_host::take_turn(bool next, instant now, link::net_effects& out) {
  settle(now, out);
  if (!next && turns_.turn_is_done()) return;  // as after most events
  const auto until = after(net::steady_now(), turn);
  do {
    auto operations = turns_.take(at_once, next);
    if (operations.empty()) break;
    if (disks_) disks_->submit(std::move(operations));
    settle(now, out);
  } while (net::steady_now() < until);
  turns_.end_turn();
  if (turns_.empty() || std::exchange(next_turn_, true)) return;
  done_({});
}

/// What is done is told, and what follows from it is asked for.
void node_host::settle(instant now, link::net_effects& out) {
  for (auto done = std::exchange(completions_, {}); auto& completion : done)
    node_.complete(std::move(completion), now, out);
  log::disk_effects asked;
  node_.take_disk(asked);
  turns_.put(std::move(asked));
}

void node_host::bear_shortage(instant now) {
  const bool serving = node_.current_state() == node::node::state::serving;
  const auto next = shortage_.look(now.steady, disks_->short_of_descriptors(), serving);
  if (next.retry) disks_->retry();
  if (next.say) sink_.write(log_level::error, "disk", shortage_.text(net::descriptor_limit()));
  if (next.give_up) node_.fail(error(error_code::io_error, shortage_.text(net::descriptor_limit())));
}

}  // namespace klamm::broker::server
