// The names that Kafka gives to the files and directories of a log.
//
//   orders-0/                                  the log of partition 0 of topic "orders"
//   orders-0.<32 characters>-delete/           on its way out
//   orders-0.<32 characters>-stray/            set aside: the metadata did not know it
//   orders-0/00000000000000000042.log          a segment whose first offset is 42; so .index .timeindex .txnindex
//   orders-0/00000000000000000042.snapshot     the producers' state just before offset 42
//   .deleted .cleaned .swap behind a name      a rename or replacement that was under way
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/uuid.hpp"

namespace klamm::broker::log {

enum class file_kind { log, index, timeindex, txnindex, snapshot };
enum class file_stage { settled, deleted, cleaned, swap };

/// The quorum's log lies in the data directory too, and is opened by the quorum.
inline constexpr std::string_view metadata_topic = "__cluster_metadata";

inline constexpr std::string_view deleted_suffix = ".deleted";
inline constexpr std::string_view recovery_checkpoint_name = "recovery-point-offset-checkpoint";
inline constexpr std::string_view epoch_checkpoint_name = "leader-epoch-checkpoint";
inline constexpr std::string_view partition_metadata_name = "partition.metadata";

struct segment_file_name {
  offset base;
  file_kind kind = file_kind::log;
  file_stage stage = file_stage::settled;
};

std::string segment_file(offset base, file_kind kind);
/// Null for a file that is none of a segment's.
std::optional<segment_file_name> parse_segment_file(std::string_view name);

std::string log_directory_name(const topic_partition& partition);
/// `orders-0.<uuid in hex>-delete`, the topic cut where the name would exceed 255 bytes.
std::string delete_directory_name(const topic_partition& partition, const uuid& unique);
/// `orders-0.<uuid in hex>-stray`, cut likewise.
std::string stray_directory_name(const topic_partition& partition, const uuid& unique);
bool is_delete_directory(std::string_view name);
/// Null unless `name` is a topic, a dash and a partition number without leading zeros.
std::optional<topic_partition> parse_log_directory(std::string_view name);

inline std::string join_path(std::string_view directory, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  return path.append(directory).append("/").append(name);
}

}  // namespace klamm::broker::log
