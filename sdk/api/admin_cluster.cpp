// Operations on the cluster: its quorum and features, its partitions' leaders and replicas.
#include <utility>

#include <klamm/admin.hpp>

#include "api/admin_client.hpp"
#include "api/admin_convert.hpp"
#include "api/operation.hpp"

namespace klamm {
inline namespace v1 {

using api::defer;
using client::client_core;
using client::completion;

namespace {

using outcomes = PerItem<TopicPartition, void>;
using answers = client::per_item<topic_partition, void>;

std::vector<topic_partition> to_internal(ListRef<TopicPartition> these) {
  std::vector<topic_partition> all;
  for (const auto& at : these) all.push_back(api::to_internal(at));
  return all;
}

}  // namespace

detail::Deferred<QuorumInfo> Admin::defer_describe_quorum() {
  using answer = client::admin::quorum_description;
  return defer<QuorumInfo, answer>(
      client_->engine, "describe the quorum",
      [timeout = client_->timeout](client_core& core, completion<answer> done, instant now,
                                   link::net_effects& out) {
        core.describe_quorum(timeout, std::move(done), now, out);
      },
      [](result<answer> quorum) { return api::to_public(*quorum); });
}

detail::Deferred<FeatureMetadata> Admin::defer_describe_features() {
  using answer = client::admin::feature_description;
  return defer<FeatureMetadata, answer>(
      client_->engine, "describe the features",
      [timeout = client_->timeout](client_core& core, completion<answer> done, instant now,
                                   link::net_effects& out) {
        core.describe_features(timeout, std::move(done), now, out);
      },
      [](result<answer> features) { return api::to_public(*features); });
}

detail::Deferred<PerItem<TopicPartition, void>> Admin::defer_elect_leaders(ElectionType type,
                                                                           ListRef<TopicPartition> of) {
  const auto kind = type == ElectionType::preferred ? client::admin::election_type::preferred
                                                    : client::admin::election_type::unclean;
  return defer<outcomes, answers>(
      client_->engine, "elect leaders",
      [kind, these = to_internal(of), timeout = client_->timeout](
          client_core& core, completion<answers> done, instant now, link::net_effects& out) mutable {
        core.elect_leaders(kind, std::move(these), timeout, std::move(done), now, out);
      },
      [](result<answers> elected) {
        return api::per_item_of<TopicPartition, void>(*std::move(elected), "elect a leader of", 0);
      });
}

detail::Deferred<PerItem<TopicPartition, void>> Admin::defer_alter_partition_reassignments(
    ListRef<NewPartitionReassignment> to) {
  std::vector<client::admin::reassignment_request> asked;
  for (const auto& one : to) asked.push_back(api::to_internal(one));
  return defer<outcomes, answers>(
      client_->engine, "reassign partitions",
      [asked = std::move(asked), timeout = client_->timeout](client_core& core, completion<answers> done,
                                                             instant now, link::net_effects& out) mutable {
        core.alter_reassignments(std::move(asked), timeout, std::move(done), now, out);
      },
      [](result<answers> altered) {
        return api::per_item_of<TopicPartition, void>(*std::move(altered), "reassign", 0);
      });
}

detail::Deferred<std::vector<PartitionReassignment>> Admin::defer_list_partition_reassignments(
    ListRef<TopicPartition> of) {
  using answer = std::vector<client::admin::reassignment>;
  return defer<std::vector<PartitionReassignment>, answer>(
      client_->engine, "list reassignments",
      [these = to_internal(of), timeout = client_->timeout](client_core& core, completion<answer> done,
                                                            instant now, link::net_effects& out) mutable {
        core.list_reassignments(std::move(these), timeout, std::move(done), now, out);
      },
      [](result<answer> listed) {
        std::vector<PartitionReassignment> all;
        for (const auto& one : *listed) all.push_back(api::to_public(one));
        return all;
      });
}

detail::Deferred<void> Admin::defer_unregister_broker(NodeId broker) {
  return defer<void, void>(
      client_->engine, "unregister a broker",
      [id = node_id(broker.value), timeout = client_->timeout](client_core& core, completion<void> done,
                                                               instant now, link::net_effects& out) {
        core.unregister_broker(id, timeout, std::move(done), now, out);
      },
      [](const result<void>&) { return Result<void>(); });
}

detail::Deferred<void> Admin::defer_add_raft_voter(NodeId voter, std::string_view directory_id,
                                                   ListRef<QuorumEndpoint> endpoints) {
  client::admin::raft_voter added{node_id(voter.value), std::string(directory_id), {}};
  for (const auto& at : endpoints)
    added.endpoints.push_back({added.id, at.listener, at.host, static_cast<std::uint16_t>(at.port)});
  return defer<void, void>(
      client_->engine, "add a voter",
      [added = std::move(added), timeout = client_->timeout](client_core& core, completion<void> done,
                                                             instant now, link::net_effects& out) mutable {
        core.add_raft_voter(std::move(added), timeout, std::move(done), now, out);
      },
      [](const result<void>&) { return Result<void>(); });
}

detail::Deferred<void> Admin::defer_remove_raft_voter(NodeId voter, std::string_view directory_id) {
  client::admin::raft_voter removed{node_id(voter.value), std::string(directory_id), {}};
  return defer<void, void>(
      client_->engine, "remove a voter",
      [removed = std::move(removed), timeout = client_->timeout](
          client_core& core, completion<void> done, instant now, link::net_effects& out) mutable {
        core.remove_raft_voter(std::move(removed), timeout, std::move(done), now, out);
      },
      [](const result<void>&) { return Result<void>(); });
}

}  // namespace v1
}  // namespace klamm
