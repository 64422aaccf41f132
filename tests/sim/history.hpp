// What clients did and saw, and what of it a log must never show.
//
//   anomaly              what was seen
//   ------------------   ------------------------------------------------------------------------------------------
//   lost                 an acknowledged value that nobody read, though later offsets of its partition were read
//   unseen               an acknowledged value that nobody read after the final drain, at the end of its partition
//   duplicate            one value at two offsets
//   inconsistent_offset  two values at one offset, or a value read at another offset than the one acknowledged
//   phantom              a value that was never sent there
//   failed_read          a value whose sender was told that it was not written
//   nonmonotonic_send    values of one sender and partition, acknowledged out of the order in which they were sent
//   nonmonotonic_poll    one reader going back within one life of its assignment
//   poll_skip            one reader passing over an offset, within one life, that others read a value at
//
// Names and meanings follow the Kafka workload of Jepsen; a life starts with an assignment or a seek.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace klamm::sim {

enum class anomaly_kind {
  lost,
  unseen,
  duplicate,
  inconsistent_offset,
  phantom,
  failed_read,
  nonmonotonic_send,
  nonmonotonic_poll,
  poll_skip
};
std::string_view name(anomaly_kind kind);

struct anomaly {
  anomaly_kind kind;
  std::string what;
};

class history {
 public:
  using value = std::uint64_t;

  /// In the order in which one sender sent. Values are never sent twice.
  void sent(int sender, const topic_partition& to, value what);
  /// `at` is -1 where the broker did not say.
  void acknowledged(value what, offset at);
  /// `maybe_written`: the sender does not know.
  void failed(value what, bool maybe_written);
  /// In the order in which one reader read. `life` changes with each assignment and seek.
  void polled(int reader, std::uint64_t life, const topic_partition& from, offset at, value what);

  std::size_t acknowledged_count() const;
  std::size_t polled_count() const { return polls_.size(); }

  /// All anomalies. Precondition: a reader has drained every partition after the last acknowledgement.
  std::vector<anomaly> check() const;

 private:
  enum class fate { unknown, acknowledged, failed };
  struct send {
    int sender;
    topic_partition to;
    std::uint64_t order;
    fate outcome = fate::unknown;
    offset at;
  };
  struct poll {
    int reader;
    std::uint64_t life;
    topic_partition from;
    offset at;
    value what;
  };
  using found = std::vector<anomaly>;

  void check_polled_values(found& out) const;
  void check_acknowledged(found& out) const;
  void check_offsets(found& out) const;
  void check_send_order(found& out) const;
  void check_poll_order(found& out) const;

  std::map<value, send> sends_;
  std::vector<poll> polls_;
};

}  // namespace klamm::sim
