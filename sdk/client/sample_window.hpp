// How long something takes, or how large it is: what all samples came to, and how those of the last half to whole minute are spread.
//
// Samples are counted in buckets: each whole number below 128 has its own, above that each power of two is divided into 64, so that a
// percentile is off by less than one part in 128. Only buckets that have samples take memory: a partition that is idle costs nothing.
// Two spans of 30 s are kept, the one under way and the one before it, as Kafka's clients keep two samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace klamm::client {

/// Of whole numbers, in the unit of whoever took the samples.
struct distribution {
  /// Ever.
  std::uint64_t count = 0, sum = 0;
  /// Of the last half to whole minute; all 0 without a sample.
  std::uint64_t recent = 0, min = 0, max = 0, mean = 0, p50 = 0, p75 = 0, p90 = 0, p95 = 0, p99 = 0,
                p99_99 = 0;
};

class histogram {
 public:
  void add(std::uint64_t value, std::uint32_t times = 1);
  void add_all(const histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  std::uint64_t min() const { return min_; }
  std::uint64_t max() const { return max_; }
  /// The sample of that rank, of 10,000: 5,000 is the median. 0 without samples.
  std::uint64_t percentile(std::uint64_t of_10000) const;

 private:
  struct bucket {
    std::uint16_t index;
    std::uint32_t count;
  };

  void put(std::uint16_t index, std::uint32_t times);

  std::vector<bucket> buckets_;  // ascending
  std::uint64_t count_ = 0, sum_ = 0, min_ = 0, max_ = 0;
};

class sample_window {
 public:
  static constexpr duration span = millis(30'000);

  void add(std::uint64_t value, time_point now);
  /// In microseconds.
  void add(duration took, time_point now);
  distribution summary(time_point now) const;

 private:
  std::uint64_t count_ = 0, sum_ = 0;
  histogram current_, before_;
  time_point began_{};  // current_
};

}  // namespace klamm::client
