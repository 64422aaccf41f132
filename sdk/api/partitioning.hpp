// Which partition a record goes to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include <klamm/options.hpp>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "client/metadata_snapshot.hpp"

namespace klamm::api {

/// Records without a key stick to a partition until a batch's worth of bytes
/// went there, then another is drawn among those that have a leader (KIP-480,
/// KIP-794): batches fill, and the load is even.
class sticky_choice {
 public:
  sticky_choice(std::uint64_t seed, std::size_t batch_size) : dice_(seed), batch_size_(batch_size) {}
  /// Precondition: `topic` has partitions.
  partition_id next(const client::topic_view& topic, std::size_t bytes);

 private:
  std::mutex lock_;
  rng dice_;
  const std::size_t batch_size_;
  partition_id current_;
  std::size_t sent_ = 0;
};

/// Thread-safe. Keyed records are decided without a lock.
class partitioning {
 public:
  partitioning(Partitioner how, std::size_t batch_size, std::uint64_t seed);

  /// Fails with unknown_topic_or_partition for a partition that the topic does
  /// not have, or that a function made up.
  result<partition_id> choose(const RecordRef& record, const client::topic_view& topic);

 private:
  struct topic_state {
    explicit topic_state(std::uint64_t seed, std::size_t batch_size) : sticky(seed, batch_size) {}
    sticky_choice sticky;
    std::atomic<std::uint32_t> turn{0};
  };
  topic_state& state_of(std::string_view topic);
  partition_id by_function(const RecordRef& record, const client::topic_view& topic) const;

  const Partitioner how_;
  const std::size_t batch_size_;
  std::uint64_t next_seed_;
  std::shared_mutex lock_;
  std::map<std::string, topic_state, std::less<>> topics_;
};

}  // namespace klamm::api
