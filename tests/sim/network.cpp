#include "tests/sim/network.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace klamm::sim {
namespace {
constexpr int most_ticks_at_once = 1000;
}
host_id network::add_host(std::string name) {
  hosts_.push_back({});
  hosts_.back().name = std::move(name);
  return host_id(static_cast<std::int32_t>(hosts_.size() - 1));
}

void network::start(host_id id, process& runs) {
  auto& host = hosts_[index(id)];
  assert(!host.runs);
  host.runs = &runs;
  ++host.life;
  host.listeners.clear();
  host.tick_at = never;
  world_.trace("start", static_cast<std::uint64_t>(id.value));
  schedule_tick(id);
}

void network::listen(host_id host, link::listener_id listener, std::uint16_t port) {
  hosts_[index(host)].listeners[port] = listener;
}

void network::stop(host_id id) {
  auto& host = hosts_[index(id)];
  host.runs = nullptr;
  host.listeners.clear();
  world_.trace("stop", static_cast<std::uint64_t>(id.value));
  std::vector<end_ptr> mine;
  for (const auto& [key, each] : ends_)
    if (key.first == id) mine.push_back(each);
  for (const auto& each : mine) reset(each);
}

void network::carry_out(host_id host, link::net_effects&& effects) {
  for (const auto& effect : std::exchange(effects, {})) apply(host, effect);
  if (auto* running = hosts_[index(host)].runs) running->settle();
  if (runs(host)) schedule_tick(host);
}

void network::pause(host_id host, duration time) {
  auto& paused = hosts_[index(host)].paused_until;
  paused = std::max(paused, after(world_.now().steady, time));
}

void network::heal() {
  blocked_.clear();
  for (auto& then : std::exchange(held_, {})) world_.in(duration(0), std::move(then));
}

host_id network::find_host(const std::string& name) const {
  const auto found = std::ranges::find(hosts_, name, &host::name);
  return found == hosts_.end() ? host_id() : host_id(static_cast<std::int32_t>(found - hosts_.begin()));
}

// Gives one event to the host's process and carries out what it decides. A paused host gets it when it goes on.
void network::deliver(host_id to, const link::net_event& event) {
  auto& host = hosts_[index(to)];
  if (!host.runs) return;
  link::net_effects effects;
  host.runs->machine().on(event, world_.now(), effects);
  carry_out(to, std::move(effects));
}

void network::apply(host_id from, const link::net_effect& effect) {
  if (const auto* wanted = std::get_if<link::effect::connect>(&effect)) return connect(from, *wanted);
  if (const auto* what = std::get_if<link::effect::send>(&effect)) return send(from, *what);
  if (const auto* what = std::get_if<link::effect::close>(&effect)) return close(from, *what);
  if (const auto* what = std::get_if<link::effect::pause_reading>(&effect)) {
    if (const auto e = find(from, what->id)) e->paused = true;
  } else if (const auto* resumed = std::get_if<link::effect::resume_reading>(&effect)) {
    const auto e = find(from, resumed->id);
    if (!e || !std::exchange(e->paused, false)) return;
    world_.in(duration(0), [this, e] { read(e); });
  }
}

void network::schedule_tick(host_id id) {
  auto& host = hosts_[index(id)];
  const auto wanted = host.runs->machine().deadline();
  if (wanted == never) {
    host.tick_at = never;
    return;
  }
  const auto when = std::max({wanted, world_.now().steady, host.paused_until});
  if (when == host.tick_at) return;
  host.tick_at = when;
  world_.at(when, [this, id, life = host.life, when] { tick(id, life, when); });
}

void network::tick(host_id id, std::uint64_t life, time_point when) {
  auto& host = hosts_[index(id)];
  if (!host.runs || host.life != life || host.tick_at != when) return;  // it has been moved since
  host.tick_at = never;
  if (host.paused_until > world_.now().steady) return schedule_tick(id);
  host.ticks_at_once = std::exchange(host.last_tick, when) == when ? host.ticks_at_once + 1 : 0;
  if (host.ticks_at_once >= most_ticks_at_once) {
    spinning_ = host.name;
    return;  // and gets no more, so that the run comes to its end
  }
  deliver(id, link::event::tick{});
}

network::end_ptr network::find(host_id at, link::connection_id id) const {
  const auto found = ends_.find({at, id});
  return found == ends_.end() ? nullptr : found->second;
}

network::end_ptr network::find(const end_name& name) const {
  const auto found = find(name.at, name.id);
  return found && found->life == name.life ? found : nullptr;
}

void network::forget(const end& e) { ends_.erase({e.at, e.id}); }

void network::when_reachable(host_id from, host_id to, world::action then) {
  if (!blocked(from, to)) return then();
  ++counts.held_by_partition;
  held_.push_back(std::move(then));
}

}  // namespace klamm::sim
