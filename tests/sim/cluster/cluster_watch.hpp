// What must hold of the brokers of a cluster at every moment, looked at after each of their events.
//
//   holds                                                                             checked at
//   -------------------------------------------------------------------------------   ------------------------------------
//   replicas agree below the high watermark, and what was once below it never goes    every move of one (replica_history)
//   a partition's epoch has one leader, who begins with all that was committed        every new leadership
//   a replica's high watermark and epoch never go back in a life, the first but       every event
//   where its disk rots and it finds no way through what it has
//   the metadata images of all nodes are those of one log                             every image that is applied
//   a partition's epochs never go back from one image to the next                     every image that is applied
//   an epoch of the quorum has one leader; its epoch and high watermark never go back every event
//   no damaged bytes are given to readers                                             every batch that is committed
//   a reader that comes while a log is cut is given what is left, and nothing of     every cut: the watch is that reader
//   what was cut off
//
// What changed between the newest images that anybody applied is counted too: elections, in-sync replicas that go and come.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/node/node.hpp"
#include "tests/sim/cluster/coverage.hpp"
#include "tests/sim/quorum/quorum_history.hpp"
#include "tests/sim/replica/replica_history.hpp"

namespace klamm::sim {

class cluster_watch {
 public:
  explicit cluster_watch(coverage& seen) : seen_(seen) {}

  /// What is known of one process, from its start to its end.
  class life;
  std::shared_ptr<life> begin(broker::node::node& of);
  std::vector<std::string> failures() const;
  /// As the newest image has it: every replica of every partition is in sync, one leads, and none is on its way.
  bool whole() const;
  /// The newest metadata that any node has applied.
  const broker::meta::image& newest() const { return newest_; }
  /// Where replicas began last that had forgotten all they had: the state of producers is not replicated, and deleted records tell of
  /// none.
  const std::map<topic_partition, offset>& begun() const { return begun_; }

 private:
  struct replica;

  void look_at(life& of);
  void look_at_quorum(life& of);
  void look_at_image(life& of);
  void look_at(life& of, broker::replica::partition& one, replica& known);
  void look_at_committed(life& of, broker::replica::partition& one, replica& known);
  void read_through_cut(life& of, broker::replica::partition& one);
  void look_at_cut(const broker::replica::partition& one, const broker::log::read_result& found);
  void compare(const broker::meta::image& before, const broker::meta::image& now);
  void compare(const std::string& where, const broker::meta::partition_image& before,
               const broker::meta::partition_image& now);
  void count_changes(const broker::meta::image& now);
  void broken(std::string what) { failures_.push_back(std::move(what)); }

  coverage& seen_;
  quorum_history quorum_;
  std::map<uuid, replica_history> topics_;
  std::map<uuid, std::string> names_;
  std::map<offset, std::uint64_t> images_;  // what each image's records come to
  broker::meta::image newest_;
  std::map<topic_partition, offset> begun_;
  std::vector<std::string> failures_;
};

struct cluster_watch::replica {
  std::uint64_t number = 0, generation = 0;
  offset high_watermark{0}, checked{0}, start{0}, end{0};
  leader_epoch epoch, led;
  bool reading = false, being_cut = false;
};

class cluster_watch::life : public std::enable_shared_from_this<life> {
 public:
  life(cluster_watch& by, broker::node::node& of) : by_(by), of_(of) {}

  void look() { by_.look_at(*this); }
  /// The disk has changed: what is committed is read again, from the start.
  void read_again() {
    rots_ = true;
    for (auto& [at, known] : replicas_) known.checked = offset(0);
  }

 private:
  friend class cluster_watch;

  cluster_watch& by_;
  broker::node::node& of_;
  std::map<std::pair<uuid, partition_id>, replica> replicas_;
  broker::meta::image image_;
  leader_epoch quorum_epoch_, quorum_led_;
  offset quorum_watermark_{0}, quorum_end_{0};
  bool rots_ = false;
};

}  // namespace klamm::sim
