// A load's pace: as many steps a second as asked for, in bursts of a millisecond. A late burst is made up for. What the pauses
// themselves take of the processor is counted, since it is the load's and not the client's (0.09 us a record at 300,000 a second).
#pragma once

#include <cstdint>
#include <thread>

#include "measure.hpp"

namespace klamm::bench {

class pace {
 public:
  /// 0: as fast as it goes.
  explicit pace(double per_second) : per_second_(per_second) {}

  /// Before each step.
  void step() {
    if (per_second_ == 0 || ++taken_ <= allowed_) return;
    const auto before = thread_cpu_seconds();
    for (; taken_ > allowed_; allowed_ = due()) std::this_thread::sleep_until(clock::now() + burst);
    cpu_ += thread_cpu_seconds() - before;
  }
  double cpu() const { return cpu_; }
  /// Leaves the client alone for a while.
  static void pause(clock::duration d) { std::this_thread::sleep_for(d); }

 private:
  static constexpr std::chrono::milliseconds burst{1};

  std::uint64_t due() const {
    return static_cast<std::uint64_t>(seconds(clock::now() - began_) * per_second_);
  }

  const double per_second_;
  const clock::time_point began_ = clock::now();
  std::uint64_t taken_ = 0, allowed_ = 0;
  double cpu_ = 0;
};

}  // namespace klamm::bench
