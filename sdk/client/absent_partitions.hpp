// What a consumer waits for and no broker has: a topic that does not exist, a partition beyond the topic's last. Both may be made
// later, so they are waited for and polls of them are empty; the log tells of each once, until it was there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "base/log_sink.hpp"
#include "client/positions.hpp"

namespace klamm::client {

class absent_partitions {
 public:
  explicit absent_partitions(log_sink& log) : log_(log) {}

  /// Looks where the metadata or the number of partitions changed.
  void look(const metadata_snapshot& known, const positions::map& assigned);

 private:
  void look_for_topics(const metadata_snapshot& known);
  void look_for_partitions(const metadata_snapshot& known, const positions::map& assigned);

  log_sink& log_;
  std::uint64_t version_ = 0;
  std::size_t assigned_ = 0;
  std::set<std::string> topics_;  // that are told of
  std::set<topic_partition> partitions_;
};

}  // namespace klamm::client
