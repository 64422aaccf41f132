// The small text files of a data directory and of a log, as Kafka writes them.
//
//   *-offset-checkpoint          0 | number of lines | topic partition offset, one line each
//   leader-epoch-checkpoint      0 | number of lines | epoch start-offset, one line each
//   partition.metadata           version: 0 | topic_id: <22 characters>
//   meta.properties              # comments | key=value
//   .kafka_cleanshutdown         {"version":0,"brokerEpoch":N}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"

namespace klamm::broker::log {

using offset_checkpoint = std::map<topic_partition, offset>;

struct epoch_start {
  leader_epoch epoch;
  offset start;
  bool operator==(const epoch_start&) const = default;
};

// A reader fails with kafka_storage_error and says which line it could not take. An empty file is an empty checkpoint.

std::string write_offset_checkpoint(const offset_checkpoint& offsets);
result<offset_checkpoint> read_offset_checkpoint(std::string_view text);

std::string write_epoch_checkpoint(const std::vector<epoch_start>& epochs);
result<std::vector<epoch_start>> read_epoch_checkpoint(std::string_view text);

std::string write_partition_metadata(const uuid& topic_id);
result<uuid> read_partition_metadata(std::string_view text);

struct directory_properties {
  std::string cluster_id;
  node_id node;
  uuid directory_id;
};
std::string write_meta_properties(const directory_properties& properties);
result<directory_properties> read_meta_properties(std::string_view text);

std::string write_clean_marker(std::int64_t broker_epoch);
/// The broker's epoch; -1 where the marker does not say.
std::int64_t read_clean_marker(std::string_view text);

}  // namespace klamm::broker::log
