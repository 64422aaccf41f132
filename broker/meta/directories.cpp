#include "broker/meta/directories.hpp"

#include <algorithm>

namespace klamm::broker::meta {

bool is_reserved_directory(const uuid& id) {
  const auto last = id.bytes.end() - 1;
  return *last < 100 && std::all_of(id.bytes.begin(), last, [](std::uint8_t byte) { return byte == 0; });
}

uuid default_directory(const image& state, node_id id) {
  const auto* const broker = state.broker(id);
  if (!broker) return unassigned_directory;
  if (broker->log_dirs.empty()) return migrating_directory;
  return broker->log_dirs.size() == 1 ? broker->log_dirs.front() : unassigned_directory;
}

bool is_online(const broker_image& broker, const uuid& directory) {
  if (directory == unassigned_directory || directory == migrating_directory) return true;
  if (directory == lost_directory) return false;
  const auto& online = broker.log_dirs;
  return online.empty() || std::find(online.begin(), online.end(), directory) != online.end();
}

uuid directory_of(const partition_image& partition, node_id broker) {
  const auto& replicas = partition.replicas;
  const auto at =
      static_cast<std::size_t>(std::find(replicas.begin(), replicas.end(), broker) - replicas.begin());
  return at < partition.directories.size() ? partition.directories[at] : migrating_directory;
}

std::vector<node_id> offline_replicas(const image& state, const partition_image& partition) {
  std::vector<node_id> offline;
  for (const auto id : partition.replicas) {
    const auto* const broker = state.broker(id);
    if (!broker || broker->fenced || !is_online(*broker, directory_of(partition, id))) offline.push_back(id);
  }
  return offline;
}

}  // namespace klamm::broker::meta
