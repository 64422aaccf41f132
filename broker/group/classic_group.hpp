// One consumer group of the classic protocol, while its coordinator lives here.
//
//   state                  event                          next state            what happens
//   --------------------   ----------------------------   -------------------   ------------------------------------
//   Empty                  join                           PreparingRebalance    the first round may wait for more members
//   PreparingRebalance     join of the last one missing   CompletingRebalance   next generation, joins are answered
//                          rebalance timeout              CompletingRebalance   who did not rejoin is removed first
//                          the last member leaves         Empty                 next generation, written to the log
//   CompletingRebalance    sync of the leader             CompletingRebalance   the assignment is written to the log
//                          assignment committed           Stable                syncs are answered
//                          join with other protocols      PreparingRebalance    waiting syncs: REBALANCE_IN_PROGRESS
//                          sync timeout                   PreparingRebalance    who did not sync is removed
//   Stable                 join of the leader, or with    PreparingRebalance    heartbeats: REBALANCE_IN_PROGRESS
//                          other protocols
//                          join of a follower, the same   Stable                the generation again
//   any but Empty, Dead    member leaves, session ends    PreparingRebalance
//   any                    the group is deleted           Dead                  everything: COORDINATOR_NOT_AVAILABLE
//
// This is soft state: it is made from the last group record when the coordinator loads, and no replay depends on it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/deadline_queue.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "broker/group/classic_member.hpp"
#include "broker/group/protocol_support.hpp"
#include "wire/messages/group_metadata_record.hpp"

namespace klamm::broker::group {

enum class group_state { empty, preparing_rebalance, completing_rebalance, stable, dead };
/// Kafka's name of the state, as DescribeGroups and ListGroups show it.
std::string_view name(group_state state);

struct group_limits {
  millis min_session_timeout{6'000}, max_session_timeout{1'800'000};
  std::size_t max_size = 2'147'483'647;
  /// The most that a member may say of itself, its protocols all together: the group's record has to hold one of them.
  std::size_t max_protocols_bytes = 4 * 1'048'588;
  /// How long the first rebalance of an empty group waits for more members to come.
  millis initial_rebalance_delay{0};
  /// How long a new member is kept while its first join is answered.
  millis new_member_join_timeout{300'000};
};

/// What a group needs of its coordinator.
class classic_group_host {
 public:
  virtual ~classic_group_host() = default;
  virtual const group_limits& limits() const = 0;
  /// `prefix` followed by '-' and something that nobody had before.
  virtual std::string new_member_id(std::string_view prefix) = 0;
  /// Writes the group's members and assignments. Once they are committed, or if they cannot be, the host calls
  /// on_written() with `generation`; that may be before this returns.
  virtual void write_group(class classic_group& group, generation_id generation, instant now) = 0;
};

class classic_group {
 public:
  classic_group(std::string id, classic_group_host& host, instant now);

  /// Takes the members and the generation of the last group record. Precondition: nothing has happened yet.
  void restore(const wire::group_metadata_value& record, instant now);

  void join(const wire::join_group_request& request, const group_caller& from, join_reply reply, instant now);
  void sync(const wire::sync_group_request& request, sync_reply reply, instant now);
  error_code heartbeat(std::string_view member_id, std::optional<std::string_view> instance_id,
                       generation_id generation, instant now);
  /// Removes a member by its id, or by its instance id (then `member_id` may be empty).
  error_code leave(std::string_view member_id, std::optional<std::string_view> instance_id, instant now);
  /// Whether a commit from this member may be taken; it also counts as a sign of life.
  error_code check_commit(std::string_view member_id, std::optional<std::string_view> instance_id,
                          generation_id generation, instant now);

  void on_written(generation_id generation, error_code outcome, instant now);
  void tick(instant now);
  time_point deadline() const;

  /// The coordinator moves away, or the group is deleted: whoever waits is told `why`, and so is whoever comes.
  void kill(error_code why);

  const std::string& id() const { return id_; }
  group_state state() const { return state_; }
  timestamp state_since() const { return state_since_; }
  generation_id generation() const { return generation_; }
  const std::string& protocol_type() const { return protocol_type_; }
  const std::string& protocol() const { return protocol_; }
  const std::string& leader() const { return leader_; }
  const std::map<std::string, classic_member, std::less<>>& members() const { return members_; }
  /// The topics that members' subscriptions, in the consumer protocol, name. Borrows from the group; reads every subscription,
  /// so ask once for many topics.
  std::set<std::string_view> subscribed_topics() const;
  /// Whether every member says in the consumer protocol what it subscribes to.
  bool knows_subscriptions() const;
  /// What the group record is to say. Borrows from the group.
  wire::group_metadata_value record() const;

 private:
  using members_map = std::map<std::string, classic_member, std::less<>>;
  enum class timer { rebalance, sync };

  // Joining (classic_group_join.cpp)
  std::optional<error_code> refuse_join(const wire::join_group_request& request) const;
  bool has_room(std::string_view member_id) const;
  bool accepts_protocols(const wire::join_group_request& request) const;
  void join_new(const wire::join_group_request& request, const group_caller& from, join_reply reply,
                instant now);
  void join_known(const wire::join_group_request& request, const group_caller& from, join_reply reply,
                  instant now);
  void join_again(classic_member& member, const wire::join_group_request& request, const group_caller& from,
                  join_reply reply, instant now);
  void add_member(std::string id, const wire::join_group_request& request, const group_caller& from,
                  join_reply reply, instant now);
  void update_member(classic_member& member, const wire::join_group_request& request,
                     const group_caller& from, join_reply reply, instant now);
  void replace_static(std::string old_id, const wire::join_group_request& request, const group_caller& from,
                      join_reply reply, instant now);
  void answer_replaced_static(classic_member& member, const std::string& old_id, const group_caller& from,
                              instant now);
  void describe_anew(classic_member& member, const wire::join_group_request& request,
                     const group_caller& from);
  void answer_join(classic_member& member, const wire::join_group_response& response);
  wire::join_group_response current_generation(const classic_member& member) const;

  // Rebalancing (classic_group_rebalance.cpp)
  void prepare_rebalance(instant now);
  void begin_first_round(instant now);
  void end_first_round(instant now);
  void try_complete_join(instant now);
  void complete_join(instant now);
  void next_generation(instant now);
  void become_empty(instant now);
  bool elect_leader();
  std::string choose_protocol() const;
  void fail_syncs(error_code why, instant now);
  void answer_syncs(instant now);
  void remove_member(std::string_view member_id, instant now);
  void erase_member(members_map::iterator member);
  void after_removal(instant now);

  void assign(const wire::sync_group_request& request);
  error_code check_identity(std::string_view member_id, std::optional<std::string_view> instance_id) const;
  void keep_alive(const classic_member& member, instant now);
  void enter(group_state state, instant now);
  millis longest_rebalance_timeout() const;
  bool all_joined() const;

  std::string id_;
  classic_group_host& host_;
  group_state state_ = group_state::empty;
  timestamp state_since_;
  error_code death_ = error_code::coordinator_not_available;
  generation_id generation_{0};
  std::string protocol_type_, protocol_, leader_;

  members_map members_;
  protocol_support supported_;                                      // by members_
  std::map<std::string, std::string, std::less<>> static_members_;  // instance id -> member id
  /// Ids given out with MEMBER_ID_REQUIRED whose owners have not come back yet (KIP-394).
  deadline_queue<std::string> pending_joins_;
  std::set<std::string, std::less<>> pending_syncs_;
  deadline_queue<std::string> sessions_;
  deadline_queue<timer> timers_;
  /// While the first round of an empty group waits for more members: for how long it may still be prolonged.
  std::optional<duration> first_round_left_;
  bool first_round_grew_ = false;
};

}  // namespace klamm::broker::group
