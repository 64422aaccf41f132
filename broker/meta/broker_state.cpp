#include "broker/meta/broker_state.hpp"

namespace klamm::broker::meta {

broker_state next_state(const heartbeat_facts& facts) {
  using enum broker_state;
  switch (facts.now) {
    case fenced:
      if (facts.wants_shutdown) return shutdown_now;
      return !facts.wants_fence && facts.caught_up ? unfenced : fenced;
    case unfenced:
      if (facts.wants_fence) return facts.wants_shutdown ? shutdown_now : fenced;
      if (facts.wants_shutdown) return facts.leads ? controlled_shutdown : shutdown_now;
      return unfenced;
    case controlled_shutdown: return !facts.leads && facts.known_by_all ? shutdown_now : controlled_shutdown;
    case shutdown_now: break;
  }
  return shutdown_now;
}

}  // namespace klamm::broker::meta
