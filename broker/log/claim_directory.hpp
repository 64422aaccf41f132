// meta.properties: whose a directory is.
#pragma once

#include "base/entropy.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "broker/log/disk_port.hpp"

namespace klamm::broker::log {

struct directory_owner {
  std::string cluster_id;
  node_id node;
  uuid new_id{};  // of a directory that is nobody's; zero: a random one
};

/// Gives the id of a directory that is the owner's; one that is nobody's becomes his, durably, with a new id. Errors:
/// inconsistent_cluster_id, invalid_options where it is another node's, kafka_storage_error.
void claim_directory(disk_client& disk, const std::string& path, directory_owner owner,
                     entropy_source& entropy, unique_function<void(result<uuid>)> done);

}  // namespace klamm::broker::log
