// A broker's membership of the cluster: it registers, and its heartbeats say what it has and what it wants (KIP-631).
//
//   state          what it does                                             leaves it by
//   ------------   ------------------------------------------------------   ----------------------------------------------------
//   away           nothing                                                  begin(): registering
//   registering    asks the controller for a broker epoch, again after a    an epoch: fenced
//                  backoff
//   fenced         heartbeats at the interval, and at once when it has      the controller unfenced it, and that image is applied
//                  applied more of the metadata                             here: serving
//   serving        the same                                                 leave(): leaving
//   leaving        heartbeats in quick succession, and wants to shut down  the controller lets it go, or nobody answers in time:
//                  (controlled shutdown)                                    gone
//   gone           nothing                                                  -
//
// Whom the controller knows no more (it was unregistered, or another one came with its id) stays out until it is started again,
// as in Apache Kafka, and asks on: two processes of one id would take it from each other for ever.
//
// A heartbeat follows at once when more metadata was applied: CreateTopics is answered when every live broker serves the
// topic, and the controller learns that here.
#pragma once

#include <algorithm>

#include "base/backoff.hpp"
#include "base/log_sink.hpp"
#include "base/unique_function.hpp"
#include "broker/meta/image.hpp"
#include "broker/node/controller_channel.hpp"

namespace klamm::broker::node {

struct lifecycle_options {
  std::string cluster_id;
  meta::broker_image self;                    // what it says of itself
  std::int64_t previous_epoch = -1;           // of the clean shutdown before; -1: there was none
  duration heartbeat_interval{millis(2000)};  // broker.heartbeat.interval.ms
  duration request_timeout{millis(4500)};     // half a session (broker.session.timeout.ms): two tries fit
  duration leave_timeout{millis(5000)};       // how long a leaving broker waits for its leaderships to move
};

class lifecycle {
 public:
  /// `channel` and `clock` outlive it.
  lifecycle(controller_channel& channel, const instant& clock, rng random, log_sink& sink)
      : channel_(channel), clock_(clock), random_(random), sink_(sink) {}

  /// `serving` is called once, when clients may come.
  void begin(lifecycle_options options, unique_function<void()> serving);
  void leave(unique_function<void()> gone);
  /// The data's half serves this image now.
  void on_applied(const meta::image& metadata);
  void tick();
  /// While an answer is awaited, it says when the next request is due.
  time_point deadline() const { return asking_ ? leave_by_ : std::min(next_at_, leave_by_); }

  /// -1: not registered.
  std::int64_t epoch() const { return epoch_; }
  const uuid& incarnation() const { return options_.self.incarnation; }

 private:
  enum class state { away, registering, fenced, serving, leaving, gone };

  void enroll();
  void on_registered(result<std::int64_t> epoch);
  void heartbeat();
  void on_heartbeat(error_code failure, bool may_go);
  void try_again();
  void finish();

  controller_channel& channel_;
  const instant& clock_;
  rng random_;
  log_sink& sink_;
  lifecycle_options options_;
  state state_ = state::away;
  std::int64_t epoch_ = -1;
  offset applied_, told_;
  bool asking_ = false;
  retry_state retry_;
  error_code refused_with_ = error_code::none;  // what the log said last of why it is not registered
  time_point next_at_ = never, leave_by_ = never;
  unique_function<void()> serving_, gone_;
};

}  // namespace klamm::broker::node
