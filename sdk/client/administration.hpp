// Administration: commands for the cluster, its topics, groups and configurations. Each finds its broker, is tried again where that
// helps (requester.hpp), and has an outcome for each item.
//
//   command                            goes to
//   --------------------------------   --------------------------------------------------------------
//   create, delete topics              the controller
//   describe topics, cluster           any broker
//   describe the quorum, features      any broker, which asks the active controller for the quorum
//   elect, reassign, unregister, voters   the controller
//   list groups                        every broker
//   describe, delete groups            each group's coordinator
//   offsets of a group                 its coordinator
//   configs of a broker; of the rest   that broker; any broker (changes: the controller)
#pragma once

#include "client/commands.hpp"
#include "client/completion.hpp"
#include "client/gathering.hpp"
#include "client/group_offsets.hpp"
#include "client/requester.hpp"

namespace klamm::client {

class administration {
 public:
  administration(requester& requests, group_offsets& offsets, completion_queue& completions)
      : requests_(requests), offsets_(offsets), completions_(completions) {}

  void create_topics(std::vector<admin::new_topic> topics, bool validate_only, time_point deadline,
                     completion<per_item<std::string, admin::created_topic>> done);
  void delete_topics(std::vector<std::string> topics, time_point deadline,
                     completion<per_item<std::string, void>> done);
  void describe_topics(std::vector<std::string> topics, time_point deadline,
                       completion<per_item<std::string, admin::topic_description>> done);
  void describe_cluster(time_point deadline, completion<admin::cluster_description> done);

  void describe_quorum(time_point deadline, completion<admin::quorum_description> done);
  void describe_features(time_point deadline, completion<admin::feature_description> done);
  void unregister_broker(node_id broker, time_point deadline, completion<void> done);
  void add_raft_voter(admin::raft_voter added, time_point deadline, completion<void> done);
  void remove_raft_voter(admin::raft_voter removed, time_point deadline, completion<void> done);
  /// None given: all partitions; those that have no need of an election are left out then.
  void elect_leaders(admin::election_type type, std::vector<topic_partition> of, time_point deadline,
                     completion<per_item<topic_partition, void>> done);
  void alter_reassignments(std::vector<admin::reassignment_request> to, time_point deadline,
                           completion<per_item<topic_partition, void>> done);
  /// None given: all that are under way.
  void list_reassignments(std::vector<topic_partition> of, time_point deadline,
                          completion<std::vector<admin::reassignment>> done);

  void list_groups(time_point deadline, completion<std::vector<admin::listed_group>> done);
  void describe_groups(std::vector<std::string> groups, time_point deadline,
                       completion<per_item<std::string, admin::group_description>> done);
  void delete_groups(std::vector<std::string> groups, time_point deadline,
                     completion<per_item<std::string, void>> done);
  void group_offsets_of(std::string group, std::vector<topic_partition> of, time_point deadline,
                        completion<per_item<topic_partition, committed_offset>> done);
  void alter_group_offsets(std::string group, std::vector<committed_offset> offsets, time_point deadline,
                           completion<per_item<topic_partition, void>> done);

  using config_changes = std::vector<std::pair<admin::config_resource, std::vector<admin::config_change>>>;
  void describe_configs(std::vector<admin::config_resource> of, time_point deadline,
                        completion<per_item<admin::config_resource, std::vector<admin::config_entry>>> done);
  void alter_configs(config_changes changes, bool validate_only, time_point deadline,
                     completion<per_item<admin::config_resource, void>> done);

 private:
  struct description;
  void ask_page(const std::shared_ptr<description>& of);
  void describe_by_metadata(std::vector<std::string> topics, time_point deadline,
                            completion<per_item<std::string, admin::topic_description>> done);
  /// What a coordinator said of a group, of either protocol.
  template <class Said>
  result<admin::group_description> outcome_of(const Said& said, const std::string& group, instant now);
  /// `done`: what was said, and whether the group is one of KIP-848 at all.
  void describe_consumer_group(const std::string& group, time_point deadline,
                               unique_function<void(result<admin::group_description>, bool)> done);
  /// A request that is answered by an error code alone.
  template <class Make>
  void tell_controller(Make make, time_point deadline, completion<void> done);
  using cluster_handler = unique_function<void(result<admin::cluster_description>, instant)>;
  void ask_cluster(time_point deadline, cluster_handler done);

  requester& requests_;
  group_offsets& offsets_;
  completion_queue& completions_;
};

/// How long the controller may take: what is left of a command's time would be refused as too long by some.
inline constexpr millis controller_patience(30'000);

/// `INVALID_PARTITIONS (...)`; what the broker said, if it said something, in brackets. Which item it was the caller says.
error refused(error_code code, std::optional<std::string_view> said);

}  // namespace klamm::client
