#include "client/nearest_replica.hpp"

#include <algorithm>

namespace klamm::client {
namespace {

/// Longer than the nine seconds after which a controller fences a broker that is silent (broker.session.timeout.ms).
constexpr auto distrust = std::chrono::seconds(10);

}  // namespace

node_id nearest_replica::read_from(const partition_view& partition, const metadata_snapshot& known,
                                   time_point now) {
  if (near_.node.value < 0) return partition.leader;
  if (now >= near_.until || near_.epoch != partition.leader_epoch) {
    near_ = {};
    return partition.leader;
  }
  const bool gone =
      !known.find(near_.node) || std::ranges::find(partition.offline, near_.node) != partition.offline.end();
  if (gone) failed_at(near_.node, now);
  return gone ? partition.leader : near_.node;
}

bool nearest_replica::failed_at(node_id node, time_point now) {
  if (near_.node.value < 0 || node != near_.node) return false;
  near_ = {};
  leader_only_until_ = after(now, distrust);
  return true;
}

}  // namespace klamm::client
