// Who votes in the metadata quorum, and since when (KIP-853). Control records in the log say it: a set of voters counts from the
// moment it is appended, committed or not, and no longer where it is cut from the log again.
//
//   event                            what votes
//   ------------------------------   -----------------------------------------------------------------------------
//   nothing was ever written         the configured voters (kraft.version 0); none where none are configured
//   Voters at an offset              that set
//   truncation                       the newest set that is left
//   a snapshot takes the log's place the set in it, as of its last record
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/uuid.hpp"

namespace klamm::broker::raft {

/// A replica of the metadata log: a node, and the directory that the log is in. A node that lost its disk is another replica.
struct replica_key {
  node_id id;
  uuid directory{};  // zero: it does not say
  auto operator<=>(const replica_key&) const = default;
};

struct listener_address {
  std::string name, host;
  std::uint16_t port = 0;
  bool operator==(const listener_address&) const = default;
};

struct version_range {
  std::int16_t min = 0, max = 0;
  bool contains(std::int16_t version) const { return min <= version && version <= max; }
  bool operator==(const version_range&) const = default;
};
/// The kraft.version that this implementation can do.
inline constexpr version_range own_kraft_versions{0, 1};

struct voter {
  node_id id;
  uuid directory;              // zero: configured, so that nobody knows it
  std::string listener, host;  // where controllers and brokers reach it
  std::uint16_t port = 0;
  std::vector<listener_address> others{};  // listeners besides
  version_range kraft_versions = own_kraft_versions;

  replica_key key() const { return {id, directory}; }
  /// The first is the one that others come by.
  void add_listener(listener_address at);
  /// A configured voter is known by its number alone.
  bool is(const replica_key& replica) const {
    return id == replica.id && (directory.is_zero() || directory == replica.directory);
  }
  bool operator==(const voter&) const = default;
};

const voter* find_voter(std::span<const voter> in, node_id id);
/// Null unless the replica votes.
const voter* find_voter(std::span<const voter> in, const replica_key& replica);
/// A voter by that number is replaced. In rising order.
std::vector<voter> with_voter(std::span<const voter> in, voter added);
std::vector<voter> without_voter(std::span<const voter> in, node_id removed);
/// For messages: "1 (directory ...), 2 (directory ...)".
std::string describe(const replica_key& replica);
std::string describe(std::span<const voter> voters);

class voter_history {
 public:
  /// What counts while the log says nothing.
  explicit voter_history(std::vector<voter> configured) : configured_(std::move(configured)) {}

  void set_voters(offset at, std::vector<voter> voters) { voters_[at] = std::move(voters); }
  void set_version(offset at, std::int16_t version) { versions_[at] = version; }
  /// Everything at or behind `to` is gone.
  void truncate_to(offset to);
  /// What counted before `start` is not asked for any more.
  void forget_below(offset start);
  void clear();

  std::span<const voter> voters() const;
  /// Where the log says it; none: it does not. -1: the snapshot that the cluster began with.
  std::optional<offset> voters_at() const;
  std::int16_t version() const;

  /// What the log said before `end`; no voters where it said nothing.
  struct state {
    std::int16_t version = 0;
    std::vector<voter> voters{};
  };
  state before(offset end) const;

 private:
  std::vector<voter> configured_;
  std::map<offset, std::vector<voter>> voters_;
  std::map<offset, std::int16_t> versions_;
};

}  // namespace klamm::broker::raft
