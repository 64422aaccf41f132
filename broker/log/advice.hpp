// What messages about a log that cannot be used say of how to go on.
#pragma once

#include <string_view>

namespace klamm::broker::log {

/// Without a part of a partition's log.
inline constexpr std::string_view replica_advice =
    "restore the file, or remove the directory to have the partition copied from another replica";
/// Without a part of the metadata, of which every record counts, where it is damage that could be cut away.
inline constexpr std::string_view whole_log_advice =
    "restore the file; or, where other nodes have everything, start with an empty data directory; "
    "or, to lose what lies behind the damage and go on, remove recovery-point-offset-checkpoint there";
/// The same where it could not.
inline constexpr std::string_view whole_directory_advice =
    whole_log_advice.substr(0, whole_log_advice.find("; or, to lose"));

}  // namespace klamm::broker::log
