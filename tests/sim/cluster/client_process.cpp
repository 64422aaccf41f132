#include "tests/sim/cluster/client_process.hpp"

#include <utility>

namespace klamm::sim {

client::core_options client_process::options() const {
  client::core_options out;
  out.connection = stage_.how.connecting;
  out.connection.client_id = stage_.net.name(host_);
  return out;
}

void client_process::make_core(client::core_options options, client::core_neighbours neighbours) {
  core_.emplace(std::move(options), neighbours, stage_.time.random().next());
}

void client_process::settle() {
  core_->completions().run();
  after_event();
}

void client_process::act(command what) {
  link::net_effects effects;
  what(*core_, stage_.time.now(), effects);
  stage_.net.carry_out(host_, std::move(effects));
}

void client_process::soon(duration delay, world::action then) {
  stage_.time.in(delay, [this, alive = std::weak_ptr(alive_), then = std::move(then)]() mutable {
    if (!alive.expired()) run(std::move(then));
  });
}

void client_process::run(world::action then) {
  const auto now = stage_.time.now().steady;
  const auto resumes = stage_.net.paused_until(host_);
  if (resumes <= now) return then();
  soon(resumes - now, std::move(then));
}

}  // namespace klamm::sim
