// Who decides on a partition's ISR, and what a leader knows of the brokers that may join it. The node implements both: the
// first over AlterPartition requests (KIP-497), the second from its metadata image.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "base/uuid.hpp"
#include "broker/replica/leadership.hpp"

namespace klamm::broker::replica {

/// `broker_epoch` is what the replica said in its last fetch; -1 where it has not fetched from this leader yet (KIP-903).
struct isr_member {
  node_id id;
  std::int64_t broker_epoch = -1;
  bool operator==(const isr_member&) const = default;
};

/// One partition's part of an AlterPartition request.
struct isr_proposal {
  topic_partition partition;
  uuid topic_id;
  klamm::leader_epoch leader_epoch;
  std::int32_t partition_epoch = 0;
  leader_recovery recovery = leader_recovery::recovered;
  std::vector<isr_member> isr;
};

/// What the controller made of it.
struct isr_decision {
  node_id leader;
  klamm::leader_epoch leader_epoch;
  std::int32_t partition_epoch = 0;
  leader_recovery recovery = leader_recovery::recovered;
  std::vector<node_id> isr;
};
using isr_handler = unique_function<void(result<isr_decision>)>;

class isr_authority {
 public:
  virtual ~isr_authority() = default;
  /// Calls `decided` once, and not before this returns. What concerns the request and not the partition (a lost connection,
  /// another controller, an old broker epoch) is tried again behind this; so a failure is the partition's own:
  ///   INELIGIBLE_REPLICA, OPERATION_NOT_ATTEMPTED   surely not applied: the leader takes its proposal back
  ///   FENCED_LEADER_EPOCH, INVALID_UPDATE_VERSION, INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID,
  ///   NEW_LEADER_ELECTED                            perhaps applied: it waits for newer metadata
  ///   anything else                                 it proposes the same again, later
  /// A partition has one proposal open in a leader epoch; a leader of a newer epoch does not wait for those of older ones.
  virtual void propose(isr_proposal proposal, isr_handler decided) = 0;
};

/// How a broker stands with the controller.
struct broker_standing {
  std::int64_t epoch = -1;
  bool fenced = true;
  bool shutting_down = false;
  std::string_view rack = {};
};

class broker_registry {
 public:
  virtual ~broker_registry() = default;
  /// Nothing of a broker that is not registered. See replicas::on_brokers_changed().
  virtual std::optional<broker_standing> find(node_id broker) const = 0;
};

}  // namespace klamm::broker::replica
