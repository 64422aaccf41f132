// What was sent and what came back: every record is accounted for by its number and its content.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <vector>

#include <klamm/types.hpp>

namespace klamm::cli::demo {

struct tally {
  std::size_t sent = 0, seen = 0;
  std::size_t lost = 0;         // sent, and never read
  std::size_t duplicated = 0;   // stored at a second offset
  std::size_t damaged = 0;      // read with other content than was sent
  std::size_t redelivered = 0;  // read again at the same offset: a group starts from its last commit
};

/// Thread-safe.
class ledger {
 public:
  explicit ledger(std::size_t expected);

  void sent(std::size_t number, std::uint64_t content_hash);
  void read(std::size_t number, std::uint64_t content_hash, Partition partition, Offset offset);
  /// Waits until all that is expected has been read, the deadline, or a stop.
  void wait_until_complete(std::chrono::steady_clock::time_point deadline, std::stop_token stop);
  tally result() const;

 private:
  struct entry {
    std::uint64_t hash = 0;
    std::int64_t place = -1;  // partition and offset where it was read first
    bool sent = false;
  };

  mutable std::mutex mutex_;
  std::condition_variable_any completed_;
  std::vector<entry> entries_;
  tally counts_;
};

}  // namespace klamm::cli::demo
