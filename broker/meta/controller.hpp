// The controller: decides on every change of the cluster's metadata while its node leads the quorum.
//
//   event                 inactive                          active
//   -------------------   -------------------------------   -----------------------------------------------------------------
//   activate(image)       active; what waits is decided;    -
//                         unfenced brokers have a session
//   on_other_leader()     what waits and what comes is      -
//                         refused with NOT_CONTROLLER
//   a command             waits for a leader                decided on the newest state; its records are appended as one
//                                                           batch and replayed at once, so that the next command sees them;
//                                                           the answer is parked
//   on_committed(end)     -                                 answers at or below `end` leave; those of topics and
//                                                           configurations once every live broker has applied what they
//                                                           say, or after a second
//   on_applied(end)       -                                 this node has applied what is below `end`, and it is committed
//   heartbeat             as a command                      the broker has applied what it says; it is unfenced, fenced, or
//                                                           on its way out (broker_control.hpp)
//   tick()                -                                 a broker whose session is over is fenced; leaders are balanced;
//                                                           answers that waited for a second leave
//   resign()              -                                 inactive; what was appended and not committed is forgotten;
//                                                           parked answers become NOT_CONTROLLER
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "base/unique_function.hpp"
#include "broker/coordinator/commit_queue.hpp"
#include "broker/coordinator/reply.hpp"
#include "broker/meta/broker_control.hpp"
#include "broker/meta/decision.hpp"
#include "broker/meta/image_builder.hpp"
#include "broker/meta/parked_answers.hpp"
#include "wire/messages/alter_configs.hpp"
#include "wire/messages/alter_partition.hpp"
#include "wire/messages/alter_partition_reassignments.hpp"
#include "wire/messages/assign_replicas_to_dirs.hpp"
#include "wire/messages/controller_registration.hpp"
#include "wire/messages/create_partitions.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/messages/delete_topics.hpp"
#include "wire/messages/elect_leaders.hpp"
#include "wire/messages/incremental_alter_configs.hpp"
#include "wire/messages/list_partition_reassignments.hpp"
#include "wire/messages/update_features.hpp"

namespace klamm::broker::meta {

using coordinator::reply;

/// What the controller appends to.
class metadata_log {
 public:
  virtual ~metadata_log() = default;
  /// Appends as one batch; the offset after it, or why not. Nothing of it is committed before this returns.
  virtual result<offset> append(std::span<const std::vector<std::byte>> records) = 0;
  virtual offset end() const = 0;
  virtual leader_epoch epoch() const = 0;
};

class controller {
 public:
  /// All outlive the controller. `own` is the node's own configuration.
  controller(metadata_log& log, const instant& clock, entropy_source& entropy, rng random,
             const config_map& own, node_id self, std::string cluster_id);

  void set_faults(fault_injector* faults) { faults_ = faults; }
  /// Leading, with everything before the own epoch in `committed`.
  void activate(const image& committed);
  void on_other_leader();
  void resign();
  bool active() const { return state_.has_value(); }
  void on_committed(offset end);
  void on_applied(offset end);
  void tick();
  time_point deadline() const;

  void create_topics(const wire::create_topics_request& request, reply<wire::create_topics_response> answer);
  void create_partitions(const wire::create_partitions_request& request,
                         reply<wire::create_partitions_response> answer);
  void delete_topics(const wire::delete_topics_request& request, reply<wire::delete_topics_response> answer);
  void incremental_alter_configs(const wire::incremental_alter_configs_request& request,
                                 reply<wire::incremental_alter_configs_response> answer);
  void alter_configs(const wire::alter_configs_request& request, reply<wire::alter_configs_response> answer);
  void elect_leaders(const wire::elect_leaders_request& request, reply<wire::elect_leaders_response> answer);
  void alter_partition_reassignments(const wire::alter_partition_reassignments_request& request,
                                     reply<wire::alter_partition_reassignments_response> answer);
  void list_partition_reassignments(const wire::list_partition_reassignments_request& request,
                                    reply<wire::list_partition_reassignments_response> answer);
  void unregister_broker(const wire::unregister_broker_request& request,
                         reply<wire::unregister_broker_response> answer);
  void update_features(const wire::update_features_request& request,
                       reply<wire::update_features_response> answer);

  // What brokers and other members of the quorum ask.
  void register_broker(const wire::broker_registration_request& request,
                       reply<wire::broker_registration_response> answer);
  void heartbeat(const wire::broker_heartbeat_request& request,
                 reply<wire::broker_heartbeat_response> answer);
  void alter_partition(const wire::alter_partition_request& request,
                       reply<wire::alter_partition_response> answer);
  void assign_replicas_to_dirs(const wire::assign_replicas_to_dirs_request& request,
                               reply<wire::assign_replicas_to_dirs_response> answer);
  void allocate_producer_ids(const wire::allocate_producer_ids_request& request,
                             reply<wire::allocate_producer_ids_response> answer);

  void register_controller(const wire::controller_registration_request& request,
                           reply<wire::controller_registration_response> answer);

 private:
  /// Whether an answer waits for more than the commit of its records.
  enum class wait { committed, served };
  /// Called with why it is refused, or with error_code::none.
  using command = unique_function<void(error_code)>;

  template <class Request, class Response, class How>
  void decide(How how, wait until, const Request& request, reply<Response> answer);
  decision begin();
  /// Appends and replays; the offset after the records.
  result<offset> commit(std::span<const metadata_record> records);
  result<offset> append(std::span<const metadata_record> records);
  void park(wait until, offset end, parked_answers::action then);
  /// Runs `command` now, or once somebody leads.
  void when_active(command run);
  void run_waiting(error_code why);
  void decide_alone(void (*how)(decision&));
  void release();
  void fence_silent_brokers();
  void set_balance_time();

  metadata_log& log_;
  const instant& clock_;
  entropy_source& entropy_;
  rng random_;
  const config_map& own_;
  node_id self_;
  fault_injector* faults_ = nullptr;
  std::optional<image_builder> state_;  // with what is appended and not yet committed; null while inactive
  broker_control brokers_;
  offset committed_{0}, applied_{0};  // by the quorum; by this node
  coordinator::commit_queue parked_;
  parked_answers served_;
  time_point balance_at_ = never;
  std::deque<command> waiting_;
  bool other_leads_ = false;
};

}  // namespace klamm::broker::meta
