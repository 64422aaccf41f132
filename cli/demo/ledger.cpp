#include "cli/demo/ledger.hpp"

#include <utility>

namespace klamm::cli::demo {
namespace {

// A place in one number: the offset in the low 48 bits, the partition above.
std::int64_t place_of(Partition partition, Offset offset) {
  return std::int64_t{partition.value} << 48 | offset.value;
}

}  // namespace

ledger::ledger(std::size_t expected) : entries_(expected) {}

void ledger::sent(std::size_t number, std::uint64_t content_hash) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_.at(number);
  entry.hash = content_hash;
  entry.sent = true;
  ++counts_.sent;
}

void ledger::read(std::size_t number, std::uint64_t content_hash, Partition partition, Offset offset) {
  const std::lock_guard lock(mutex_);
  if (number >= entries_.size() || !entries_[number].sent || entries_[number].hash != content_hash) {
    ++counts_.damaged;
    return;
  }
  auto& first = entries_[number].place;
  const auto here = place_of(partition, offset);
  if (first == -1) {
    first = here;
    if (++counts_.seen == entries_.size()) completed_.notify_all();
  } else {
    ++(first == here ? counts_.redelivered : counts_.duplicated);
  }
}

void ledger::wait_until_complete(std::chrono::steady_clock::time_point deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  completed_.wait_until(lock, std::move(stop), deadline, [this] { return counts_.seen == entries_.size(); });
}

tally ledger::result() const {
  const std::lock_guard lock(mutex_);
  auto all = counts_;
  all.lost = all.sent - all.seen;
  return all;
}

}  // namespace klamm::cli::demo
