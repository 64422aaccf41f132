#include "client/sample_window.hpp"

#include <algorithm>
#include <bit>

namespace klamm::client {
namespace {

constexpr int fine_bits = 7;  // numbers of so many bits have a bucket each
constexpr std::uint64_t half = std::uint64_t{1} << (fine_bits - 1);

std::uint16_t bucket_of(std::uint64_t value) {
  const auto shift = std::max(0, static_cast<int>(std::bit_width(value)) - fine_bits);
  return static_cast<std::uint16_t>(half * static_cast<std::uint64_t>(shift) + (value >> shift));
}

/// The middle of what the bucket has.
std::uint64_t value_of(std::uint16_t bucket) {
  if (bucket < 2 * half) return bucket;
  const auto shift = bucket / half - 1;
  const auto least = (bucket - half * shift) << shift;
  return least + ((std::uint64_t{1} << shift) - 1) / 2;
}

}  // namespace

void histogram::put(std::uint16_t index, std::uint32_t times) {
  const auto at = std::ranges::lower_bound(buckets_, index, {}, &bucket::index);
  if (at != buckets_.end() && at->index == index)
    at->count += times;
  else
    buckets_.insert(at, {index, times});
}

void histogram::add(std::uint64_t value, std::uint32_t times) {
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  count_ += times;
  sum_ += value * times;
  put(bucket_of(value), times);
}

void histogram::add_all(const histogram& other) {
  if (other.count_ == 0) return;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ += other.sum_;
  for (const auto& b : other.buckets_) put(b.index, b.count);
}

void histogram::clear() {
  buckets_.clear();
  count_ = sum_ = min_ = max_ = 0;
}

std::uint64_t histogram::percentile(std::uint64_t of_10000) const {
  const auto rank = std::max<std::uint64_t>(1, (count_ * of_10000 + 9'999) / 10'000);
  std::uint64_t below = 0;
  for (const auto& b : buckets_)
    if ((below += b.count) >= rank) return std::clamp(value_of(b.index), min_, max_);
  return 0;
}

void sample_window::add(std::uint64_t value, time_point now) {
  if (const auto age = now - began_; age >= span) {
    const bool next = age < 2 * span;
    std::swap(current_, before_);
    current_.clear();
    if (!next) before_.clear();
    began_ = next ? began_ + span : now;
  }
  ++count_;
  sum_ += value;
  current_.add(value);
}

void sample_window::add(duration took, time_point now) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, micros)), now);
}

distribution sample_window::summary(time_point now) const {
  histogram recent;
  const auto age = now - began_;
  if (age < span) recent.add_all(before_);
  if (age < 2 * span) recent.add_all(current_);
  distribution out{.count = count_, .sum = sum_};
  out.recent = recent.count();
  if (out.recent == 0) return out;
  out.min = recent.min();
  out.max = recent.max();
  out.mean = recent.sum() / out.recent;
  out.p50 = recent.percentile(5'000);
  out.p75 = recent.percentile(7'500);
  out.p90 = recent.percentile(9'000);
  out.p95 = recent.percentile(9'500);
  out.p99 = recent.percentile(9'900);
  out.p99_99 = recent.percentile(9'999);
  return out;
}

}  // namespace klamm::client
