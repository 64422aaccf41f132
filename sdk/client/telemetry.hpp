// Client telemetry (KIP-714): a broker says which metrics it wants and how often, and this machine pushes them.
//
//   state      event                                  what happens
//   --------   ------------------------------------   -----------------------------------------------------------------------
//   ask        its time, and a connection is ready    GetTelemetrySubscriptions -> asked; at first without a time to wait for
//              ... whose broker does not have it      off: nothing is ever sent. Apache Kafka has it with a plugin only
//   asked      metrics are wanted                     -> push, after 0.5 to 1.5 intervals, so that not all clients push at once
//              none are wanted                        -> ask, after the interval
//   push       its time, and a connection is ready    PushTelemetry -> pushed
//   pushed     accepted                               -> push, after the interval
//   asked,     an error                               -> ask, or off, by the table below
//   pushed     no answer                              -> ask, after 5 minutes
//   push,      finish                                 a last push, which says so -> ending
//   pushed
//   ending     an answer, none, or a second is over   ended
//   others     finish                                 ended
//
//   error                                                     the subscription is asked for
//   -------------------------------------------------------   ----------------------------------------------------------
//   UNKNOWN_SUBSCRIPTION_ID, UNSUPPORTED_COMPRESSION_TYPE     at once, behind a push
//   TELEMETRY_TOO_LARGE, THROTTLING_QUOTA_EXCEEDED            after the interval
//   INVALID_REQUEST, INVALID_RECORD, UNSUPPORTED_VERSION,     never again
//   and all others
//
// It stays with one broker as long as the connection to that lasts, and makes none of its own. With delta temporality counters tell
// what came since the last push that was accepted: one whose answer was lost may be counted twice, and none is counted never.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "base/uuid.hpp"
#include "client/broker_pool.hpp"
#include "client/completion.hpp"
#include "client/telemetry_metrics.hpp"
#include "wire/compression.hpp"
#include "wire/messages/get_telemetry_subscriptions.hpp"
#include "wire/messages/push_telemetry.hpp"

namespace klamm::client {

class telemetry {
 public:
  /// What is told: asked for when it is pushed.
  struct source {
    std::function<measurements(instant)> measure;
    std::function<otlp::attributes()> labels;
  };

  telemetry(const connection_options& options, broker_pool& pool, completion_queue& completions, source of,
            rng random, log_sink& log);

  void start(instant now) { last_.at = began_ = now; }
  void pump(instant now);
  time_point deadline() const;
  /// Under which name the brokers know this client's metrics: theirs to give. Errors: timed_out, unsupported_version where they
  /// take no metrics.
  void instance_id(time_point deadline, completion<uuid> done);
  /// The client has nothing else to do before it is closed. True: neither has this.
  bool finish(instant now);
  /// Nothing follows. Who waits for the id is told why.
  void shut(const error& why);

 private:
  enum class state : std::uint8_t { ask, asked, push, pushed, off, ending, ended };
  struct waiting_for_id {
    time_point deadline;
    completion<uuid> done;
  };
  struct payload {
    wire::codec codec = wire::codec::none;
    std::vector<std::byte> bytes;
  };

  bool due(instant now) const;
  bool find_broker(instant now);
  template <class Request, class Make>
  void call(Make make, void (telemetry::*answered)(const typename Request::response&, instant), instant now);
  void ask(instant now);
  void push(bool terminating, instant now);
  payload pack(const measurements& of) const;
  payload compressed(std::vector<std::byte> bytes) const;
  void on_subscription(const wire::get_telemetry_subscriptions_response& said, instant now);
  void on_pushed(const wire::push_telemetry_response& said, instant now);
  void on_error(error_code code, instant now);
  void wait_as(state next, duration how_long, instant now);
  void turn_off(const error& why);
  void tell_id(const result<uuid>& outcome);
  void drop_overdue(instant now);

  const connection_options& options_;
  broker_pool& pool_;
  completion_queue& completions_;
  const source source_;
  rng random_;
  log_sink& log_;
  mutable wire::compressor compressor_;

  state state_ = state::ask;
  time_point next_{};              // of ask and push; of ending, when it ends
  std::optional<destination> to_;  // whom the next request goes to
  std::uint64_t turn_ = 0;         // of requests: answers to others than the last one count for nothing
  std::optional<error> why_off_;
  std::vector<waiting_for_id> waiting_;

  // The subscription.
  uuid id_;
  std::int32_t subscription_ = 0;
  wire::codec codec_ = wire::codec::none;
  duration interval_{};
  std::size_t most_bytes_ = 0;
  bool delta_ = false;
  std::vector<std::string> wanted_;  // prefixes of names

  instant began_;
  counted_so_far last_, pushed_;  // accepted; on its way
};

}  // namespace klamm::client
