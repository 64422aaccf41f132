// The controller: decides on every change of the cluster's metadata while its node leads the quorum.
//
//   event                 inactive             active
//   -------------------   ------------------   -----------------------------------------------------------------------
//   activate(image)       active; what waits   -
//                         is decided
//   a command             waits                decided on the newest state; its records are appended as one batch and
//                                              replayed at once, so that the next command sees them; the answer is parked
//   applied(end)          -                    answers parked at or below `end` leave: the records are committed, and every
//                                              live broker serves what they say
//   resign()              -                    inactive; what was appended and not committed is forgotten; parked answers
//                                              become NOT_CONTROLLER
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/unique_function.hpp"
#include "broker/coordinator/commit_queue.hpp"
#include "broker/coordinator/reply.hpp"
#include "broker/meta/decision.hpp"
#include "broker/meta/image_builder.hpp"
#include "wire/messages/alter_configs.hpp"
#include "wire/messages/create_partitions.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/messages/delete_topics.hpp"
#include "wire/messages/incremental_alter_configs.hpp"

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

/// Producer ids [first, first + count) are the broker's to give out.
struct producer_id_block {
  producer_id first;
  std::int32_t count = 0;
};

class controller {
 public:
  /// All outlive the controller. `own` is the node's own configuration.
  controller(metadata_log& log, entropy_source& entropy, const config_map& own, node_id self);

  /// Leading, with everything before the own epoch in `committed`.
  void activate(const image& committed);
  void resign();
  bool active() const { return state_.has_value(); }
  void on_applied(offset end);

  void create_topics(const wire::create_topics_request& request, reply<wire::create_topics_response> answer);
  void create_partitions(const wire::create_partitions_request& request,
                         reply<wire::create_partitions_response> answer);
  void delete_topics(const wire::delete_topics_request& request, reply<wire::delete_topics_response> answer);
  void incremental_alter_configs(const wire::incremental_alter_configs_request& request,
                                 reply<wire::incremental_alter_configs_response> answer);
  void alter_configs(const wire::alter_configs_request& request, reply<wire::alter_configs_response> answer);

  /// Registers the broker with what it says of itself (KIP-631), fenced; the answer is its epoch.
  void register_broker(const broker_image& broker, unique_function<void(result<std::int64_t>)> done);
  /// The broker serves everything it has: it becomes leader again, in new epochs, of the partitions it was last leader of.
  void unfence_broker(node_id id, unique_function<void(result<void>)> done);
  void allocate_producer_ids(node_id broker, unique_function<void(result<producer_id_block>)> done);

 private:
  template <class Request, class Response>
  void decide(Response (*how)(const Request&, decision&), const Request& request, reply<Response> answer);
  decision begin() { return {state_->current(), own_, self_, entropy_}; }
  /// Appends and replays; the offset after the records.
  result<offset> commit(const std::vector<metadata_record>& records);
  template <class T>
  void commit_then(const std::vector<metadata_record>& records, T answer,
                   unique_function<void(result<T>)> done);
  /// Runs `command` now, or once active.
  void when_active(unique_function<void()> command);
  void write_bootstrap();

  metadata_log& log_;
  entropy_source& entropy_;
  const config_map& own_;
  node_id self_;
  std::optional<image_builder> state_;  // with what is appended and not yet committed; null while inactive
  coordinator::commit_queue parked_;
  std::deque<unique_function<void()>> waiting_;
};

}  // namespace klamm::broker::meta
