#include "tests/sim/cluster/producer_process.hpp"

#include <utility>

#include "tests/sim/cluster/payload.hpp"

namespace klamm::sim {

producer_process::producer_process(stage& on, host_id at)
    : client_process(on, at), sender_(on.next_sender++), accumulator_(on.how.batching, *this, &on.faults) {
  auto with = options();
  with.producer = on.how.producing;
  auto beside = neighbours();
  beside.batches = &accumulator_;
  make_core(std::move(with), beside);
}

producer_process::~producer_process() {
  ending_ = true;
  drop_core();
}

void producer_process::begin() {
  act([](auto& core, instant now, auto& out) {
    core.start(now, out);
    core.want_topic(topic_name, now, out);
  });
  soon(stage_.about(stage_.how.produce_pause), [this] { produce(); });
}

void producer_process::produce() {
  if (!producing_) return;
  const auto count = 1 + stage_.time.random().below(stage_.how.produce_burst);
  for (std::uint64_t i = 0; i < count && accumulator_.unresolved() < stage_.how.most_unresolved; ++i)
    send(static_cast<int>(stage_.time.random().below(static_cast<std::uint64_t>(stage_.how.partitions))));
  soon(stage_.about(stage_.how.produce_pause), [this] { produce(); });
}

bool producer_process::send(int partition, handoff::record_callback also) {
  const auto value = stage_.next_value;
  const auto payload = make_payload(value, stage_.time.random().below(stage_.how.largest_padding));
  const auto now = stage_.time.now();
  const auto at = stage_.partition(partition);
  auto done = [this, value, also = std::move(also)](const handoff::record_outcome& outcome) mutable {
    on_outcome(value, outcome);
    if (also) also(outcome);
  };
  wire::record_ref record;
  record.timestamp = now.wall;
  record.value = payload;
  const auto taken = accumulator_.append(accumulator_.slot_of(at), record, now.steady,
                                         handoff::admission::refuse, {}, std::move(done));
  if (!taken) return stage_.seen.count("records refused: " + std::string(name(taken.code()))), false;
  ++stage_.next_value;
  stage_.past.sent(sender_, at, value);
  stage_.seen.count("records sent");
  return true;
}

void producer_process::on_outcome(std::uint64_t value, const handoff::record_outcome& outcome) {
  stage_.time.trace("outcome", value, outcome.failure ? 1 : 0);
  if (!outcome.failure) {
    stage_.seen.count("records acknowledged");
    return stage_.past.acknowledged(value, outcome.offset);
  }
  stage_.seen.count("records failed: " + std::string(name(outcome.failure->code)));
  stage_.past.failed(value, outcome.failure->maybe_written.value_or(true));
}

void producer_process::finish() {
  producing_ = false;
  accumulator_.flush();
}

void producer_process::probe() {
  for (int i = 0; i < stage_.how.partitions; ++i) {
    const bool sent = send(i, [this](const handoff::record_outcome& outcome) {
      --probes_open_;
      if (outcome.failure) probe_failure_ = *outcome.failure;
    });
    if (sent)
      ++probes_open_;
    else
      probe_failure_ = error(error_code::buffer_full);
  }
  accumulator_.flush();
}

void producer_process::wake() {
  if (ending_) return;
  soon(stage_.about(std::chrono::microseconds(50)),
       [this] { act([](auto& core, instant now, auto& out) { core.records_ready(now, out); }); });
}

void producer_process::seal_elsewhere(unique_function<void()> seal) {
  soon(stage_.about(std::chrono::milliseconds(1)), std::move(seal));
}

void producer_process::resolved(handoff::state_share batch) {
  if (!ending_) resolved_.push_back(std::move(batch));
}

void producer_process::after_event() {
  for (auto& batch : std::exchange(resolved_, {})) batch->run_callbacks();
}

}  // namespace klamm::sim
