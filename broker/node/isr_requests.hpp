// The leaders' proposals of other in-sync replicas, gathered into AlterPartition requests (KIP-497).
//
//   event                     what happens
//   -----------------------   ------------------------------------------------------------------------------------------
//   propose                   waits for the next request, which leaves at once where none is out
//   an answer                 each partition hears its part; then the next request, with what came meanwhile
//   the request itself fails  (a lost connection, another controller, an old broker epoch): all of it again, after a backoff
//
// A leader that proposes anew for its partition, in a newer epoch, takes the place of what waits.
#pragma once

#include <map>

#include "base/backoff.hpp"
#include "broker/node/controller_channel.hpp"
#include "broker/node/lifecycle.hpp"
#include "broker/replica/authority.hpp"
#include "wire/messages/alter_partition.hpp"

namespace klamm::broker::node {

class isr_requests final : public replica::isr_authority {
 public:
  isr_requests(controller_channel& channel, const lifecycle& registered, const instant& clock, node_id self,
               rng random)
      : channel_(channel), registered_(registered), clock_(clock), self_(self), random_(random) {}

  void propose(replica::isr_proposal proposal, replica::isr_handler decided) override;
  /// Sends what was proposed. Called after every event.
  void run();
  time_point deadline() const { return may_send() ? retry_.at() : never; }

 private:
  struct proposed {
    replica::isr_proposal what;
    replica::isr_handler decided;
  };
  using key = std::pair<uuid, partition_id>;
  using proposals = std::map<key, proposed>;

  /// A broker that has to register first is called again when it has.
  bool may_send() const { return !in_flight_ && !waiting_.empty() && registered_.epoch() >= 0; }
  wire::alter_partition_request request() const;
  void on_answer(const result<wire::alter_partition_response>& came);
  void again(proposals sent);

  controller_channel& channel_;
  const lifecycle& registered_;
  const instant& clock_;
  node_id self_;
  rng random_;
  proposals waiting_, sent_;
  bool in_flight_ = false;
  retry_state retry_;
};

}  // namespace klamm::broker::node
