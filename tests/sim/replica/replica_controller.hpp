// The controller of a simulated cluster, as far as partitions' leaders and ISRs go: it elects from the ISR only.
//
//   event                what happens
//   ------------------   ---------------------------------------------------------------------------------------------
//   register             another broker epoch, fenced; it leaves every ISR that has another member
//   unfence              it may lead and join ISRs; leads what nobody leads and it alone is in sync with
//   fence                it leaves every ISR that has another member, and leads nothing
//   alter                an ISR that a leader proposes: taken, or refused as KIP-497, KIP-841 and KIP-903 have it
//   move_leader          another member of the ISR leads; where there is none the same one, in a new epoch
//
// Everything that changes a partition raises its partition epoch, another leader (or none) its leader epoch, too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/unique_function.hpp"
#include "broker/replica/authority.hpp"

namespace klamm::sim {

struct simulated_broker {
  std::int64_t epoch = -1;
  bool fenced = true, shutting_down = false;
  std::string rack = {};
};

/// What a node may know of the cluster: as of one moment.
struct cluster_view {
  std::uint64_t number = 0;
  std::vector<broker::replica::leadership> partitions;
  std::map<node_id, simulated_broker> brokers;
};

class replica_controller {
 public:
  using decision = result<broker::replica::isr_decision>;

  /// The first of `replicas` leads, all are in sync.
  replica_controller(int partitions, std::vector<node_id> replicas);

  /// Told after every change.
  void set_listener(unique_function<void()> changed) { changed_ = std::move(changed); }
  const cluster_view& view() const { return view_; }

  void register_broker(node_id id);
  void unfence(node_id id);
  void fence(node_id id);
  void shut_down(node_id id);
  void move_leader(partition_id of, node_id to);
  decision alter(node_id from, const broker::replica::isr_proposal& proposal);
  std::size_t shrinks() const { return shrinks_; }
  std::size_t expansions() const { return expansions_; }

 private:
  using leadership = broker::replica::leadership;
  leadership& at(partition_id of) { return view_.partitions.at(static_cast<std::size_t>(of.value)); }
  bool alive(node_id id) const;
  void leave_isrs(node_id id);
  void elect(leadership& partition);
  static void lead(leadership& partition, node_id leader);
  error_code refusal(node_id from, const broker::replica::isr_proposal& proposal);
  void changed();

  cluster_view view_;
  std::int64_t next_epoch_ = 100;
  std::size_t shrinks_ = 0, expansions_ = 0;
  unique_function<void()> changed_;
};

}  // namespace klamm::sim
