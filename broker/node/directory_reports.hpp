// Tells the controller where this broker keeps its replicas, where the metadata say otherwise (AssignReplicasToDirs, KIP-858): they
// name the directory of an earlier life, which is gone, or none yet.
//
//   event                  what happens
//   --------------------   ------------------------------------------------------------------------------------------
//   on_applied             replicas that the metadata place elsewhere are wrong, others are not (any more)
//   run                    what is wrong is reported, one request at a time
//   an answer              the metadata will say it; what is still wrong then is reported again
//   the request fails      reported again, after a pause
#pragma once

#include <map>
#include <vector>

#include "broker/meta/image.hpp"
#include "broker/node/controller_channel.hpp"
#include "broker/node/lifecycle.hpp"
#include "wire/messages/assign_replicas_to_dirs.hpp"

namespace klamm::broker::node {

class directory_reports {
 public:
  directory_reports(controller_channel& channel, const lifecycle& registered, const instant& clock,
                    node_id self)
      : channel_(channel), registered_(registered), clock_(clock), self_(self) {}

  /// This node serves `after` now, and keeps its replicas in `own`.
  void on_applied(const meta::image& before, const meta::image& after, const uuid& own);
  /// Called after every event.
  void run();
  time_point deadline() const { return may_send() ? not_before_ : never; }

 private:
  /// A broker that has to register first is called again when it has.
  bool may_send() const { return due_ && !in_flight_ && !wrong_.empty() && registered_.epoch() >= 0; }
  void look_at(const meta::topic_image& topic);
  void on_answer(const result<wire::assign_replicas_to_dirs_response>& came);

  controller_channel& channel_;
  const lifecycle& registered_;
  const instant& clock_;
  node_id self_;
  uuid own_;
  std::map<uuid, std::vector<partition_id>> wrong_;  // by topic
  bool due_ = false, in_flight_ = false;
  time_point not_before_{};
};

}  // namespace klamm::broker::node
