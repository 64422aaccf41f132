// From the command line and Kafka's property files to a node's options.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "broker/meta/config_table.hpp"
#include "broker/server/running_node.hpp"

namespace klamm::broker::server {

/// A Java property file: `key=value` lines, `#` and `!` comments, `\` at a line's end continues it.
result<meta::config_map> parse_properties(std::string_view text);

/// `host:port`, `[v6]:port`, or with a default host `:port`.
result<link::endpoint> parse_endpoint(std::string_view text);

/// `ID@HOST:PORT`, at the listener of that name.
result<raft::voter> parse_voter(std::string_view text, std::string_view listener);

/// Threads of a data's disk: a node among others must vote and beat while that stalls. As many syncs as these are under way at once:
/// with 3 ms each and six partitions, three nodes took 50 MB/s with two threads, and 113 MB/s with eight.
inline constexpr int threads_among_others = 8;

/// A key that sets another one, in other units: Kafka's older names.
struct unit_alias {
  std::string_view key, sets;
  std::int64_t factor;
};
std::span<const unit_alias> unit_aliases();

/// What a node is started with. Every fault of the configuration is in the one error: unknown keys, values out of
/// range, what does not fit together. Keys that Apache Kafka has and we do not follow are named in `ignored`.
result<server_options> make_options(meta::config_map configs, std::vector<std::string>& ignored);

/// The id of a new cluster that these form. Its nodes start without knowing each other, and nobody formats them: they agree on
/// the id because they are configured alike.
std::string cluster_id_of(std::span<const raft::voter> controllers);

/// A new directory for --ephemeral, in memory where the system has such a place.
result<std::string> make_ephemeral_directory();

}  // namespace klamm::broker::server
