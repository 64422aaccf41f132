// The admin client's operations on groups, their members and their offsets. Included by klamm/admin.hpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <klamm/admin_types.hpp>
#include <klamm/detail/async.hpp>

namespace klamm {
inline namespace v1 {

class Admin;

/// A part of Admin; nothing else is one.
class KLAMM_API AdminGroups {
 public:
  /// The groups of all brokers, by id.
  std::vector<GroupListing> list_groups() { return list_groups(as_result).value(); }
  Result<std::vector<GroupListing>> list_groups(as_result_t) noexcept;
  template <class Token = Default>
  Async<std::vector<GroupListing>, Token> async_list_groups(Token&& token = {}) {
    return detail::initiate<std::vector<GroupListing>>(defer_list_groups(), std::forward<Token>(token));
  }

  /// Errors: group_id_not_found, coordinator_not_available.
  PerItem<std::string, GroupDescription> describe_groups(ListRef<std::string_view> groups) {
    return describe_groups(groups, as_result).value();
  }
  Result<PerItem<std::string, GroupDescription>> describe_groups(ListRef<std::string_view> groups,
                                                                 as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, GroupDescription>, Token> async_describe_groups(ListRef<std::string_view> groups,
                                                                             Token&& token = {}) {
    return detail::initiate<PerItem<std::string, GroupDescription>>(defer_describe_groups(groups),
                                                                    std::forward<Token>(token));
  }

  /// Deletes groups without members, with their offsets. Errors: non_empty_group, group_id_not_found.
  PerItem<std::string, void> delete_groups(ListRef<std::string_view> groups) {
    return delete_groups(groups, as_result).value();
  }
  Result<PerItem<std::string, void>> delete_groups(ListRef<std::string_view> groups, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, void>, Token> async_delete_groups(ListRef<std::string_view> groups,
                                                               Token&& token = {}) {
    return detail::initiate<PerItem<std::string, void>>(defer_delete_groups(groups),
                                                        std::forward<Token>(token));
  }

  /// What each group has committed, by partition.
  PerItem<std::string, std::vector<TopicPartitionOffset>> committed_offsets(
      ListRef<std::string_view> groups) {
    return committed_offsets(groups, as_result).value();
  }
  Result<PerItem<std::string, std::vector<TopicPartitionOffset>>> committed_offsets(
      ListRef<std::string_view> groups, as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, std::vector<TopicPartitionOffset>>, Token> async_committed_offsets(
      ListRef<std::string_view> groups, Token&& token = {}) {
    return detail::initiate<PerItem<std::string, std::vector<TopicPartitionOffset>>>(
        defer_committed_offsets(groups), std::forward<Token>(token));
  }

  /// Commits in a group's place. The group must have no members that read these (unknown_member_id,
  /// non_empty_group otherwise).
  PerItem<TopicPartition, void> reset_offsets(std::string_view group, ListRef<TopicPartitionOffset> offsets) {
    return reset_offsets(group, offsets, as_result).value();
  }
  Result<PerItem<TopicPartition, void>> reset_offsets(std::string_view group,
                                                      ListRef<TopicPartitionOffset> offsets,
                                                      as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, void>, Token> async_reset_offsets(std::string_view group,
                                                                  ListRef<TopicPartitionOffset> offsets,
                                                                  Token&& token = {}) {
    return detail::initiate<PerItem<TopicPartition, void>>(defer_reset_offsets(group, offsets),
                                                           std::forward<Token>(token));
  }

  /// How far each group is behind the end of what it has committed, by partition.
  PerItem<std::string, std::vector<PartitionLag>> group_lag(ListRef<std::string_view> groups) {
    return group_lag(groups, as_result).value();
  }
  Result<PerItem<std::string, std::vector<PartitionLag>>> group_lag(ListRef<std::string_view> groups,
                                                                    as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, std::vector<PartitionLag>>, Token> async_group_lag(
      ListRef<std::string_view> groups, Token&& token = {}) {
    return detail::initiate<PerItem<std::string, std::vector<PartitionLag>>>(defer_group_lag(groups),
                                                                             std::forward<Token>(token));
  }

  /// Makes a group forget what it has committed for these partitions (KIP-496). Errors: group_subscribed_to_topic (a member
  /// reads it), group_id_not_found, non_empty_group (members that are no consumers), group_authorization_failed.
  PerItem<TopicPartition, void> delete_offsets(std::string_view group, ListRef<TopicPartition> of) {
    return delete_offsets(group, of, as_result).value();
  }
  Result<PerItem<TopicPartition, void>> delete_offsets(std::string_view group, ListRef<TopicPartition> of,
                                                       as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<TopicPartition, void>, Token> async_delete_offsets(std::string_view group,
                                                                   ListRef<TopicPartition> of,
                                                                   Token&& token = {}) {
    return detail::initiate(defer_delete_offsets(group, of), std::forward<Token>(token));
  }

  /// Makes members leave a group, so that others take their partitions at once (KIP-345); by instance id where there is one, as
  /// outcomes are named, else by member id. A client that is still there may join again. Errors: unknown_member_id (after a lost answer also because it left),
  /// fenced_instance_id, group_authorization_failed.
  PerItem<std::string, void> remove_members(std::string_view group, ListRef<GroupMemberId> members) {
    return remove_members(group, members, as_result).value();
  }
  Result<PerItem<std::string, void>> remove_members(std::string_view group, ListRef<GroupMemberId> members,
                                                    as_result_t) noexcept;
  template <class Token = Default>
  Async<PerItem<std::string, void>, Token> async_remove_members(std::string_view group,
                                                                ListRef<GroupMemberId> members,
                                                                Token&& token = {}) {
    return detail::initiate(defer_remove_members(group, members), std::forward<Token>(token));
  }

 private:
  friend class Admin;
  AdminGroups() = default;
  AdminGroups(const AdminGroups&) = default;
  AdminGroups& operator=(const AdminGroups&) = default;

  detail::Deferred<std::vector<GroupListing>> defer_list_groups();
  detail::Deferred<PerItem<std::string, GroupDescription>> defer_describe_groups(
      ListRef<std::string_view> groups);
  detail::Deferred<PerItem<std::string, void>> defer_delete_groups(ListRef<std::string_view> groups);
  detail::Deferred<PerItem<std::string, std::vector<TopicPartitionOffset>>> defer_committed_offsets(
      ListRef<std::string_view> groups);
  detail::Deferred<PerItem<TopicPartition, void>> defer_reset_offsets(std::string_view group,
                                                                      ListRef<TopicPartitionOffset> offsets);
  detail::Deferred<PerItem<std::string, std::vector<PartitionLag>>> defer_group_lag(
      ListRef<std::string_view> groups);
  detail::Deferred<PerItem<TopicPartition, void>> defer_delete_offsets(std::string_view group,
                                                                       ListRef<TopicPartition> of);
  detail::Deferred<PerItem<std::string, void>> defer_remove_members(std::string_view group,
                                                                    ListRef<GroupMemberId> members);
};

}  // namespace v1
}  // namespace klamm
