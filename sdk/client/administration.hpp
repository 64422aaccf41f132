// Administration: commands for the cluster, its topics, groups and configurations. Each finds its broker, is tried again where that
// helps (requester.hpp), and has an outcome for each item.
//
//   command                            goes to
//   --------------------------------   --------------------------------------------------------------
//   create, delete topics, partitions  the controller
//   describe topics, cluster           any broker
//   describe the quorum, features      any broker, which asks the active controller for the quorum
//   elect, reassign, unregister, voters   the controller
//   change features, access, quotas    the controller
//   describe access, quotas            any broker
//   delegation tokens                  any broker, which passes changes on to the controller
//   log directories                    each broker
//   list groups, transactions          every broker
//   describe, delete groups            each group's coordinator
//   offsets, members of a group        its coordinator
//   describe transactions              each transactional id's coordinator
//   records, producers, markers        each partition's leader
//   configs of a broker; of the rest   that broker; any broker (changes: the controller)
#pragma once

#include "client/admin_vocabulary.hpp"
#include "client/commands.hpp"
#include "client/completion.hpp"
#include "client/gathering.hpp"
#include "client/group_offsets.hpp"
#include "client/leader_requests.hpp"
#include "client/requester.hpp"
#include "client/topic_entries.hpp"

namespace klamm::client {

class administration {
 public:
  administration(requester& requests, leader_requests& leaders, group_offsets& offsets,
                 completion_queue& completions)
      : requests_(requests), leaders_(leaders), offsets_(offsets), completions_(completions) {}

  void create_topics(std::vector<admin::new_topic> topics, bool validate_only, time_point deadline,
                     completion<per_item<std::string, admin::created_topic>> done);
  void delete_topics(std::vector<std::string> topics, time_point deadline,
                     completion<per_item<std::string, void>> done);
  void describe_topics(std::vector<std::string> topics, time_point deadline,
                       completion<per_item<std::string, admin::topic_description>> done);
  void create_partitions(std::vector<admin::more_partitions> topics, bool validate_only, time_point deadline,
                         completion<per_item<std::string, void>> done);
  void describe_cluster(time_point deadline, completion<admin::cluster_description> done);

  void describe_quorum(time_point deadline, completion<admin::quorum_description> done);
  void describe_features(time_point deadline, completion<admin::feature_description> done);
  /// All of them or none from version 2 on (KIP-1022); before, each by itself.
  void update_features(std::vector<admin::feature_update> updates, bool validate_only, time_point deadline,
                       completion<per_item<std::string, void>> done);
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

  void delete_group_offsets(std::string group, std::vector<topic_partition> of, time_point deadline,
                            completion<per_item<topic_partition, void>> done);
  void remove_members(std::string group, std::vector<admin::leaving_member> members, time_point deadline,
                      completion<per_item<std::string, void>> done);

  /// An offset of -1: up to the high watermark. Told: where each partition begins now.
  void delete_records(std::vector<std::pair<topic_partition, offset>> before, time_point deadline,
                      completion<per_item<topic_partition, offset>> done);
  void describe_producers(std::vector<topic_partition> of, time_point deadline,
                          completion<per_item<topic_partition, std::vector<admin::producer_state>>> done);
  void list_transactions(admin::transaction_filter which, time_point deadline,
                         completion<std::vector<admin::listed_transaction>> done);
  void describe_transactions(std::vector<std::string> ids, time_point deadline,
                             completion<per_item<std::string, admin::transaction_description>> done);
  /// By the marker that the coordinator failed to write.
  void abort_transaction(admin::hanging_transaction what, time_point deadline, completion<void> done);

  /// None given: every broker.
  void describe_log_dirs(std::vector<node_id> brokers, time_point deadline,
                         completion<per_item<node_id, std::vector<admin::log_dir>>> done);

  /// None given: all users that have credentials.
  void describe_scram(std::vector<std::string> users, time_point deadline,
                      completion<per_item<std::string, std::vector<admin::scram_credential>>> done);
  /// An outcome for each user, in the order in which they are first named.
  void alter_scram(std::vector<admin::scram_change> changes, time_point deadline,
                   completion<per_item<std::string, void>> done);
  /// Strict: entities have no other parts than those of the filter.
  void describe_quotas(std::vector<admin::quota_match> which, bool strict, time_point deadline,
                       completion<std::vector<admin::quota>> done);
  void alter_quotas(std::vector<admin::quota_change> changes, bool validate_only, time_point deadline,
                    completion<per_item<admin::quota_entity, void>> done);
  void describe_acls(admin::acl_filter which, time_point deadline, completion<std::vector<admin::acl>> done);
  void create_acls(std::vector<admin::acl> acls, time_point deadline,
                   completion<per_item<admin::acl, void>> done);
  /// Told: what each filter deleted.
  void delete_acls(std::vector<admin::acl_filter> which, time_point deadline,
                   completion<per_item<admin::acl_filter, std::vector<admin::acl>>> done);

  /// Sent again where no answer came: a token that was made and not told lives until it expires.
  void create_token(admin::new_token what, time_point deadline, completion<admin::delegation_token> done);
  /// By its HMAC in base64; -1: for the brokers' default. Told: when it expires now.
  void renew_token(std::string hmac, millis period, time_point deadline, completion<timestamp> done);
  /// -1: at once.
  void expire_token(std::string hmac, millis after, time_point deadline, completion<timestamp> done);
  /// None given: of all owners.
  void describe_tokens(std::vector<std::string> owners, time_point deadline,
                       completion<std::vector<admin::delegation_token>> done);

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
  /// Asks each key's coordinator; `finish(key, answer, now)`.
  template <class Request, class Make, class CodeOf, class Finish>
  void ask_coordinators(const std::vector<std::string>& keys, coordinator_type type, time_point deadline,
                        Make make, CodeOf code_of, Finish finish);
  /// Asks every broker the same; `read(answer, all)` adds what one lists, or says why
  /// it is no answer. The first failure is the command's, since a part
  /// would look like the whole.
  template <class Request, class T, class Make, class Read>
  void ask_every_broker(Make make, Read read, time_point deadline, completion<std::vector<T>> done);
  /// Asks for one thing, whose answer says of itself whether it is an error; `read(answer)` gives its value.
  template <class Request, class T, class Make, class Read>
  void ask_for(call_target whom, Make make, Read read, time_point deadline, completion<T> done);
  /// Outcomes as they come, told to the application.
  template <class T>
  leader_requests::handler<T> told(completion<per_item<topic_partition, T>> done) {
    return [this, done = std::move(done)](per_item<topic_partition, T> came, instant) mutable {
      completions_.post(std::move(done), result<per_item<topic_partition, T>>(std::move(came)));
    };
  }
  /// A request that is answered by an error code alone.
  template <class Make>
  void tell_controller(Make make, time_point deadline, completion<void> done);
  using cluster_handler = unique_function<void(result<admin::cluster_description>, instant)>;
  void ask_cluster(time_point deadline, cluster_handler done);

  requester& requests_;
  leader_requests& leaders_;
  group_offsets& offsets_;
  completion_queue& completions_;
};

/// How long the controller may take: what is left of a command's time would be refused as too long by some.
inline constexpr millis controller_patience(30'000);

/// `INVALID_PARTITIONS (...)`; what the broker said, if it said something, in brackets. Which item it was the caller says.
error refused(error_code code, std::optional<std::string_view> said);
/// Its success, or why it was refused.
result<void> accepted(error_code code, std::optional<std::string_view> said);
/// Of an item that was asked for and is not in the answer.
error left_out(std::string_view item);

}  // namespace klamm::client
