// What the client core tells of itself: when it is asked, by itself at an interval, and to brokers that want to know.
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

void client_core::parts::begin(instant now) {
  began = now.steady;
  if (told && options.measure_every) next_measurement = after(began, *options.measure_every);
  if (pushes) pushes->start(now);
}

/// One that comes late, behind a stall, does not bring the missed ones with it.
void client_core::parts::tell_measurements(instant now) {
  if (closed || now.steady < next_measurement) return;
  const auto every = *options.measure_every;
  next_measurement = after(next_measurement, every);
  if (next_measurement <= now.steady) next_measurement = after(now.steady, every);
  told->measured(measure(now));
}

telemetry::source client_core::parts::telemetry_source() {
  return {.measure = [this](instant now) { return measure(now); },
          .labels =
              [this] {
                return telemetry_labels(options, consumer ? consumer->identity().member_id : std::string());
              }};
}

bool client_core::parts::pushed_last(instant now, link::net_effects& out) {
  if (!pushes || pushes->finish(now)) return true;
  pool.pump(now, out);
  return pushes->finish(now);
}

void client_core::client_instance_id(duration timeout, completion<uuid> done, instant now,
                                     link::net_effects& out) {
  if (parts_->closed) return parts_->completions.post(std::move(done), {closed()});
  if (!parts_->pushes)
    return parts_->completions.post(
        std::move(done), {error(error_code::invalid_options,
                                "this client pushes no metrics (enable_metrics_push), and so has no id")});
  parts_->pushes->instance_id(after(now.steady, timeout), std::move(done));
  parts_->settle(now, out);
}

measurements client_core::measure(instant now) const { return parts_->measure(now); }

}  // namespace klamm::client
