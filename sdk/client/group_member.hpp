// Membership in a consumer group, whichever protocol it speaks: classic_member.hpp (KIP-62 and what followed) or
// consumer_member.hpp (KIP-848).
#pragma once

#include <map>

#include "base/faults.hpp"
#include "client/commands.hpp"
#include "client/group_offsets.hpp"
#include "client/owned_partitions.hpp"
#include "client/requester.hpp"

namespace klamm::client {

/// What a member works with. All of it outlives the member.
struct member_surroundings {
  const consumer_options& options;
  const connection_options& connection;
  requester& requests;
  broker_pool& pool;
  metadata& known;
  positions& at;
  fetch_sink& sink;
  rng random;
  fault_injector* faults = nullptr;
};

class group_member {
 public:
  virtual ~group_member() = default;

  virtual void subscribe(subscription to, instant now) = 0;
  /// Whether there is a subscription (and so assignments come from the group).
  bool subscribed() const { return !subscription_.empty(); }
  const owned_partitions& owned() const { return owned_; }
  /// Everything is given up without a callback, and the coordinator told. `done`: whether it heard.
  virtual void leave(time_point deadline, unique_function<void(result<void>, instant)> done, instant now) = 0;

  void rebalance_done(std::uint64_t id, instant now) { owned_.told(id, now); }
  /// In whose name offsets are committed from now on.
  virtual committer_source committing() const = 0;
  /// A commit in this name got an error that is the member's or the coordinator's.
  virtual void commit_refused(const committer& as, error_code code, instant now) = 0;
  /// The coordinator does not speak this protocol: another one has to be tried.
  virtual bool unsupported() const { return false; }

  virtual void pump(instant now) = 0;
  virtual time_point deadline() const = 0;

 protected:
  explicit group_member(const member_surroundings& in);

  /// Of those that are subscribed or pass, where the client finds them itself.
  subscription::topic_set current_topics() const;
  /// The coordinator, on the lane of the group; looked for if it is not known. Fails the member if there can be none.
  std::optional<destination> coordinator(instant now);
  virtual void fail(const error& why, instant now) = 0;
  /// Tells of topics in the subscription that cannot be consumed, each once as long as it is so.
  void watch_refused_topics();
  /// When the application has not polled for too long; `never`: it has, or need not.
  time_point poll_by() const;

  const consumer_options& options_;
  const connection_options& connection_;
  requester& requests_;
  broker_pool& pool_;
  metadata& metadata_;
  fetch_sink& sink_;
  rng random_;
  fault_injector* faults_;
  subscription subscription_;
  owned_partitions owned_;

 private:
  std::uint64_t looked_for_refusals_in_ = 0;
  std::map<std::string, error_code> refused_;
};

/// Whether an error of a commit is the member's or the coordinator's, and not of the partition or the offset.
bool concerns_member(error_code of_commit);

}  // namespace klamm::client
