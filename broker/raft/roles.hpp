// What a member is at one moment of the metadata quorum (KIP-595, KIP-996). A role is a value: becoming another replaces it, so
// that a candidate's votes or a leader's bookkeeping cannot outlive the role.
//
//   role          what it does                              leaves it by
//   -----------   ---------------------------------------   ---------------------------------------------------------------
//   unattached    asks others for the leader of the epoch   it hears of one: follower; election timeout: prospective
//   prospective   asks who would vote for it, in the epoch  a majority would: candidate; a majority would not: unattached;
//                 that it knows; and, where it has heard    election timeout: it asks again; another that is preferred asks:
//                 of no leader, who leads, of those whom    unattached; it hears of a leader: follower
//                 it is configured to ask
//   candidate     stands for the next epoch, by its own     a majority votes: leader; election timeout: prospective
//                 vote, once that is on disk
//   follower      fetches from the leader; tells it where   fetch timeout, or the leader ends the epoch: prospective
//                 it is reached, where the log says otherwise
//   leader        appends, serves fetches, tells voters     closing, no majority has fetched for 1.5 fetch timeouts, or
//                 that have not fetched of its epoch        the voters were committed without it: resigned
//   resigned      nothing: a leader must not follow itself  election timeout: unattached, in the next epoch (KAFKA-17333)
//
//   any           -                                         a higher epoch: follower of its leader, or unattached
//
// A member that does not vote (an observer) is only ever unattached or a follower, but gives its vote when it is asked: it may
// have been made a voter and not know it yet (KIP-853). Who was removed stands for election until that is committed, since it may
// have the only whole log; a leader that the voters no longer include leads until then, and counts for nothing meanwhile. A
// quorum of one voter elects itself at once.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "broker/raft/messages.hpp"

namespace klamm::broker::raft {

/// The votes of one round, each voter's counted once.
class ballot {
 public:
  explicit ballot(std::span<const node_id> voters) : voters_(voters.begin(), voters.end()) {}

  void count(node_id voter, bool granted);
  bool won() const { return granted_.size() > voters_.size() / 2; }
  /// Not enough are left to win.
  bool lost() const { return voters_.size() - refused_.size() <= voters_.size() / 2; }
  std::vector<node_id> granted() const { return {granted_.begin(), granted_.end()}; }

 private:
  std::set<node_id> voters_, granted_, refused_;
};

struct unattached {
  time_point election_at = never;
};

struct prospective {
  ballot votes;
  time_point election_at;
};

struct candidate {
  ballot votes;
  time_point election_at;
};

struct follower {
  node_id leader;
  time_point fetch_deadline;  // without an answer until then, the leader counts as gone
  bool has_fetched = false;
  time_point join_at =
      never;          // when it looks next whether the voters are as it wants them, see quorum_joining.cpp
  bool told = false;  // the leader knows how this voter is reached (kraft.version 0)
};

/// Leads the current epoch, which started at `epoch_start` with a LeaderChange record.
class leader {
 public:
  static constexpr std::size_t most_observers = 1000;

  leader(std::span<const voter> voters, const replica_key& self, offset epoch_start, time_point now);

  offset epoch_start() const { return epoch_start_; }
  /// Others vote from now on. What is known of a replica stays known.
  void set_voters(std::span<const voter> voters, time_point now);
  /// The replica has everything below `end` on disk. Ends never go back.
  void acknowledge(const replica_key& replica, offset end, time_point now);
  /// Everything below is on the disks of a majority; none until that covers the start of this epoch (Raft, section 5.4.2).
  std::optional<offset> high_watermark() const;
  /// Whether an observer may become a voter: it had everything once, and was heard of within the last hour.
  bool caught_up(const replica_key& observer, time_point now) const;

  /// The other voters that have not fetched in this epoch.
  std::vector<replica_key> strangers() const;
  /// When a majority, the leader in it if it votes, was last heard of; `never` where the leader is one.
  time_point majority_heard_at() const;
  /// The other voters, the most complete log first.
  std::vector<replica_key> successors() const;

  /// One that has not fetched from this leader yet has the end -1, and was never heard: time_point::min().
  struct member {
    replica_key key;
    bool votes;
    offset end;
    time_point heard_at, caught_up_at;
  };
  /// The voters, then the observers that have fetched within the last five minutes.
  std::vector<member> members(time_point now) const;

 private:
  struct progress {
    replica_key key;   // as the voters have it
    uuid directory{};  // as it says
    offset end{0};
    time_point heard_at;
    bool fetched = false;
    time_point caught_up_at = time_point::min();
  };

  static replica_key key_of(const progress& known);
  progress& progress_of(const replica_key& replica);
  progress& observer(const replica_key& replica);
  member describe(const progress& known, bool votes, time_point caught_up_at) const;
  bool is_self(const progress& of) const { return of.key.id == self_.id; }
  bool votes() const { return voters_.contains(self_.id); }

  replica_key self_;
  offset epoch_start_;
  offset own_end_;  // at least: the record that begins its epoch is its own
  std::map<node_id, progress> voters_;
  std::map<replica_key, progress> observers_;
};

struct resigned {
  time_point election_at;
};

using role = std::variant<unattached, prospective, candidate, follower, leader, resigned>;

/// The largest offset that more than half of the voters have reached. Precondition: `ends` is not empty.
offset majority_end(std::vector<offset> ends);

/// What a voter looks at when it is asked for its vote in its own epoch.
struct voter_view {
  const raft::role& role;
  replica_key voted;  // of node -1: for nobody yet
  node_id leader;     // of the epoch; -1: not known
  log_position log;
};
/// Whether it votes so:
///
///   role                         pre-vote                                    vote
///   --------------------------   -----------------------------------------   --------------------------------------------
///   unattached, prospective      the log is as complete                      and nobody leads, and it voted for nobody else
///   candidate, resigned          the log is as complete                      no: it voted for itself, or led
///   follower                     and it has not fetched from its leader yet  no
///   leader                       no                                          no
bool grants(const voter_view& own, const vote_request& asked);

}  // namespace klamm::broker::raft
