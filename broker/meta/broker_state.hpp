// What becomes of a broker at its heartbeat.
//
//   now                   it wants        and                                              next
//   -------------------   -------------   ----------------------------------------------   -------------------
//   fenced                to shut down    -                                                shutdown now
//   fenced                to be fenced    -                                                fenced
//   fenced                to serve        it has applied its own registration              unfenced
//   fenced                to serve        it has not                                       fenced
//   unfenced              fence, stop     -                                                shutdown now
//   unfenced              to be fenced    -                                                fenced
//   unfenced              to shut down    it leads partitions                              controlled shutdown
//   unfenced              to shut down    it leads none                                    shutdown now
//   unfenced              to serve        -                                                unfenced
//   controlled shutdown   anything        it leads none, and every live broker knows it    shutdown now
//   controlled shutdown   anything        otherwise                                        controlled shutdown
//
// A broker that is to shut down now is fenced.
#pragma once

namespace klamm::broker::meta {

enum class broker_state { fenced, unfenced, controlled_shutdown, shutdown_now };

struct heartbeat_facts {
  broker_state now = broker_state::fenced;
  bool wants_fence = false, wants_shutdown = false;
  bool caught_up = false;     // it has applied its own registration
  bool leads = false;         // some partition
  bool known_by_all = false;  // every other live broker has applied that it leads no more
};

broker_state next_state(const heartbeat_facts& facts);

}  // namespace klamm::broker::meta
