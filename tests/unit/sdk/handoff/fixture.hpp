// An accumulator with its surroundings played by the test.
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "handoff/accumulator.hpp"
#include "wire/record_reader.hpp"

namespace klamm::handoff_test {

using namespace handoff;
using client::batch_ptr;
using client::partition_slot;

/// Counts wakes, runs callbacks at once, and keeps what is to be sealed until the test lets it.
class scripted_host : public accumulator_host {
 public:
  void wake() override { ++wakes; }
  void seal_elsewhere(unique_function<void()> seal) override {
    to_seal.push_back(std::move(seal));
    if (asked_to_seal) asked_to_seal();
  }
  void resolved(state_share batch) override { batch->run_callbacks(); }

  std::atomic<int> wakes = 0;
  std::deque<unique_function<void()>> to_seal;
  /// What others do in the middle of a round of the I/O thread.
  unique_function<void()> asked_to_seal;
};

inline time_point at_ms(std::int64_t ms) { return time_point(millis(ms)); }

inline wire::record_ref record(std::string_view value, std::int64_t at = 1000) {
  return {timestamp(at), {}, as_bytes_view(value), {}};
}

/// The values of a sealed batch, in order.
inline std::vector<std::string> values_of(const wire::sealed_batch& sealed) {
  const auto bytes = buffer_slice::own(wire::stamped(sealed, {}).flatten());
  wire::compressor contexts;
  auto reader = *wire::record_reader::open(wire::batch_view(bytes), contexts, std::size_t{1} << 30);
  std::vector<std::string> values;
  for (wire::record_view r; reader.next(r) == wire::record_reader::step::record;)
    values.emplace_back(as_text(*r.value));
  return values;
}

struct fixture {
  explicit fixture(accumulator_options options = {}, fault_injector* faults = nullptr)
      : source(options, host, faults) {}

  partition_slot slot(std::string_view topic, int partition = 0) {
    return source.slot_of({std::string(topic), partition_id(partition)});
  }
  delivery append(partition_slot to, std::string_view value, std::int64_t ms = 0, record_callback done = {}) {
    return *source.append(to, record(value), at_ms(ms), admission::wait, duration::max(), std::move(done));
  }
  std::vector<partition_slot> ready(std::int64_t ms) {
    std::vector<partition_slot> out;
    source.collect_ready(at_ms(ms), out);
    return out;
  }

  scripted_host host;
  accumulator source;
};

using strings = std::vector<std::string>;
using slots = std::vector<partition_slot>;

}  // namespace klamm::handoff_test
