// Which partition of its topic a record goes to.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <klamm/options.hpp>

#include "base/result.hpp"
#include "base/rng.hpp"
#include "client/metadata_snapshot.hpp"
#include "handoff/snapshot_board.hpp"

namespace klamm::api {

/// A topic as a record meets it: a number at once, the whole only where somebody has to look.
class topic_glance {
 public:
  /// As the board shows it. `version`, `partitions`: of the snapshot in which they were counted.
  topic_glance(const handoff::snapshot_board& board, std::string_view name, std::uint64_t version,
               std::size_t partitions)
      : board_(&board), name_(name), version_(version), partitions_(partitions) {}
  /// As no board shows it yet.
  explicit topic_glance(const client::topic_view& view) : view_(&view), partitions_(view.partitions.size()) {}

  /// 1 or more, if a record is to go there.
  std::size_t partitions() const { return partitions_; }
  /// Whether it may differ from what was seen at `seen`.
  bool changed_since(std::uint64_t seen) const { return version_ == 0 || version_ != seen; }
  std::uint64_t version() const { return version_; }
  /// Null where the topic has gone meanwhile.
  std::shared_ptr<const client::topic_view> look() const {
    return view_ ? std::shared_ptr<const client::topic_view>(std::shared_ptr<void>(), view_)
                 : board_->find(name_);
  }

 private:
  const handoff::snapshot_board* board_ = nullptr;
  const client::topic_view* view_ = nullptr;
  std::string_view name_;
  std::uint64_t version_ = 0;
  std::size_t partitions_;
};

/// How many batches of each partition of a topic wait to be sent.
class backlog {
 public:
  virtual ~backlog() = default;
  virtual std::size_t of(partition_id partition) const = 0;
};

/// Records without a key stick to a partition until a batch's worth of bytes went there, then another is drawn among those that
/// have a leader (KIP-480, KIP-794): batches fill, and the load is even, or less where batches wait already (a broker that is slow).
class sticky_choice {
 public:
  sticky_choice(std::uint64_t seed, std::size_t batch_size) : dice_(seed), batch_size_(batch_size) {}
  /// Without `waiting` the load is even.
  partition_id next(const topic_glance& topic, std::size_t bytes, const backlog* waiting);

 private:
  void look(const topic_glance& topic, const backlog* waiting);
  partition_id draw(const std::vector<partition_id>& choices, const backlog* waiting);

  std::mutex lock_;
  rng dice_;
  const std::size_t batch_size_;
  partition_id current_;
  std::size_t sent_ = 0;
  std::uint64_t looked_ = 0;
};

/// The rule for one topic. Thread-safe; records with a key, or by turns, take no lock.
class partitioning {
 public:
  partitioning(const Partitioner& how, std::size_t batch_size, std::uint64_t seed)
      : how_(how), sticky_(seed, batch_size) {}

  /// Fails with unknown_topic_or_partition for a partition that the topic does
  /// not have, or that a function made up.
  result<partition_id> choose(const RecordRef& record, const topic_glance& topic,
                              const backlog* waiting = nullptr);

 private:
  partition_id by_function(const RecordRef& record, const topic_glance& topic) const;

  const Partitioner how_;
  sticky_choice sticky_;
  std::atomic<std::uint32_t> turn_{0};
};

}  // namespace klamm::api
