// What the client core tells of itself: when it is asked, and by itself at an interval.
#include "client/client_core_parts.hpp"

namespace klamm::client {

measurements client_core::parts::measure(instant now) const {
  measurements out;
  out.taken = now;
  if (began != never) out.age = now.steady - began;
  if (known.answered() != never) out.metadata_age = now.steady - known.answered();
  out.topics = known.now_known().topics.size();
  out.brokers = pool.measure(now.steady);
  if (producer) out.producer = producer->measure(now.steady);
  if (consumer) out.consumer = consumer->measure(now.steady);
  return out;
}

void client_core::parts::begin(time_point now) {
  began = now;
  if (told && options.measure_every) next_measurement = after(now, *options.measure_every);
}

/// One that comes late, behind a stall, does not bring the missed ones with it.
void client_core::parts::tell_measurements(instant now) {
  if (closed || now.steady < next_measurement) return;
  const auto every = *options.measure_every;
  next_measurement = after(next_measurement, every);
  if (next_measurement <= now.steady) next_measurement = after(now.steady, every);
  told->measured(measure(now));
}

measurements client_core::measure(instant now) const { return parts_->measure(now); }

}  // namespace klamm::client
