// What the client knows of the cluster, as one immutable value: published by the I/O thread, read by
// application threads for partitioning, by every machine for leaders.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "link/transport.hpp"

namespace klamm::client {

struct broker_view {
  node_id id;
  link::endpoint at;
  std::optional<std::string> rack;
};

struct partition_view {
  partition_id id;
  /// -1: none at the moment.
  node_id leader;
  klamm::leader_epoch leader_epoch;
  std::vector<node_id> replicas, in_sync, offline;
  error_code error = error_code::none;

  bool available() const { return leader.value >= 0; }
};

struct topic_view {
  std::string name;
  /// Zero where the cluster does not tell (Metadata before version 10).
  uuid id;
  /// `none`, or why there are no partitions: unknown, invalid, unauthorized. A retriable error never hides
  /// known partitions.
  error_code error = error_code::none;
  bool internal = false;
  /// Ordered by id, complete from 0 up.
  std::vector<partition_view> partitions;
  /// Of the topics that had this name before, the last ones.
  std::vector<uuid> earlier_ids{};

  const partition_view* find(partition_id id) const {
    const auto at = static_cast<std::size_t>(id.value);
    return id.value >= 0 && at < partitions.size() ? &partitions[at] : nullptr;
  }
};

class metadata_snapshot {
 public:
  /// Counts the snapshots of one client; 0: nothing known yet.
  std::uint64_t version = 0;
  std::string cluster_id;
  node_id controller;
  /// Ordered by id.
  std::vector<broker_view> brokers;
  /// Ordered by name. Unchanged topics are shared between snapshots.
  std::vector<std::shared_ptr<const topic_view>> topics;

  /// Null: never asked for, or not answered yet.
  const topic_view* find(std::string_view topic) const;
  const topic_view* find(const uuid& topic_id) const;
  const broker_view* find(node_id broker) const;
  /// Of the topics that are there.
  std::set<std::string, std::less<>> names_that_pass(
      const std::function<bool(std::string_view)>& filter) const;
};
using snapshot_ptr = std::shared_ptr<const metadata_snapshot>;

/// Looks for the topics of partitions that come topic by topic, once for each.
class topic_in_turn {
 public:
  /// Whether this is another topic than that of the partition before; `name` is borrowed.
  bool turns_to(const std::string& name) {
    if (name_ && *name_ == name) return false;
    name_ = &name;
    return true;
  }
  void found(const topic_view* view) { view_ = view; }
  /// Null: as metadata_snapshot::find() has it.
  const topic_view* view() const { return view_; }

 private:
  const std::string* name_ = nullptr;
  const topic_view* view_ = nullptr;
};

/// Where snapshots are published: the hand-off swaps an atomic pointer and wakes who waits for a topic.
class snapshot_sink {
 public:
  virtual ~snapshot_sink() = default;
  virtual void publish(snapshot_ptr snapshot) = 0;
};

}  // namespace klamm::client
