// Administration of a cluster's quorum, features, leaders and replicas: what is asked, of whom again, and how answers are told.
#include <doctest/doctest.h>

#include "admin_script.hpp"
#include "wire/messages/alter_partition_reassignments.hpp"
#include "wire/messages/consumer_group_describe.hpp"
#include "wire/messages/create_topics.hpp"
#include "wire/messages/describe_groups.hpp"
#include "wire/messages/describe_quorum.hpp"
#include "wire/messages/elect_leaders.hpp"
#include "wire/messages/list_partition_reassignments.hpp"
#include "wire/messages/unregister_broker.hpp"

using namespace klamm;
using namespace klamm::client;
using test::admin_script;
using test::patience;

namespace {

const topic_partition a0{"a", partition_id(0)}, a1{"a", partition_id(1)}, b0{"b", partition_id(0)};
using partitions = std::vector<topic_partition>;

}  // namespace

TEST_CASE("a group that is not of the classic protocol is described as one of KIP-848, if it is one") {
  admin_script f;
  f.cluster.answer<wire::describe_groups_request>([](const wire::describe_groups_request& asked) {
    wire::describe_groups_response out;
    auto& group = out.groups.emplace_back();
    group.group_id = asked.groups.at(0);
    group.error_code = error_code::group_id_not_found;
    return out;
  });
  f.cluster.answer<wire::consumer_group_describe_request>(
      [](const wire::consumer_group_describe_request& asked) {
        wire::consumer_group_describe_response out;
        auto& group = out.groups.emplace_back();
        group.group_id = asked.group_ids.at(0);
        if (group.group_id == "none") return group.error_code = error_code::group_id_not_found, out;
        group.group_state = "Stable";
        group.assignor_name = "uniform";
        auto& member = group.members.emplace_back();
        member.member_id = "m";
        member.assignment.topic_partitions.push_back({{}, "a", {partition_id(0), partition_id(1)}, {}});
        return out;
      });
  const auto outcome = f.run(&administration::describe_groups, std::vector<std::string>{"new", "none"});
  REQUIRE(outcome);
  REQUIRE(outcome->at(0).second);
  CHECK(outcome->at(0).second->protocol == "uniform");
  CHECK(outcome->at(0).second->coordinator == node_id(1));
  CHECK(outcome->at(0).second->members.at(0).assignment == partitions{a0, a1});
  CHECK(outcome->at(1).second.code() == error_code::group_id_not_found);
}

TEST_CASE("more replicas than the protocol can ask for are refused, not cut to another number") {
  admin_script f;
  f.cluster.hold<wire::create_topics_request>();
  const auto outcome = f.run(&administration::create_topics,
                             std::vector{admin::new_topic{.name = "w", .replication = 65537}}, false);
  REQUIRE(outcome);
  CHECK(outcome->at(0).second.code() == error_code::invalid_replication_factor);
  CHECK(f.cluster.asked(wire::create_topics_request::api) == 0);
}

TEST_CASE("a topic that is there already may have been made by a try before, if the answer to one was lost") {
  for (const bool lost : {false, true}) {
    admin_script f;
    f.cluster.answer<wire::create_topics_request>(
        [&](const wire::create_topics_request& request) -> std::optional<wire::create_topics_response> {
          if (lost && f.cluster.asked(wire::create_topics_request::api) == 1) return std::nullopt;
          wire::create_topics_response out;
          auto& topic = out.topics.emplace_back();
          topic.name = request.topics.at(0).name;
          topic.error_code = error_code::topic_already_exists;
          return out;
        });
    std::optional<result<per_item<std::string, admin::created_topic>>> told;
    f.cluster.core.administer(
        &administration::create_topics, test::patience,
        [&](result<per_item<std::string, admin::created_topic>> came) { told = std::move(came); },
        f.cluster.now, f.cluster.out, std::vector{admin::new_topic{.name = "w"}}, false);
    f.cluster.settle();
    f.cluster.cut();
    f.cluster.pass(test::second);
    REQUIRE(told);
    const auto& outcome = (**told)[0].second;
    CHECK(outcome.code() == error_code::topic_already_exists);
    CHECK(outcome.failure().maybe_written == lost);
  }
}

namespace {

wire::describe_quorum_response quorum_answer(error_code code) {
  wire::describe_quorum_response out;
  auto& partition = out.topics.emplace_back().partitions.emplace_back();
  partition.error_code = code;
  partition.leader_id = node_id(2);
  partition.leader_epoch = leader_epoch(7);
  partition.high_watermark = offset(40);
  partition.current_voters.push_back({node_id(2), {}, offset(41), timestamp(5), timestamp(4), {}});
  partition.observers.push_back({node_id(9), {}, offset(30), timestamp(-1), timestamp(-1), {}});
  auto& node = out.nodes.emplace_back();
  node.node_id = node_id(2);
  node.listeners.push_back({"CONTROLLER", "host", 9093, {}});
  return out;
}

}  // namespace

TEST_CASE("the quorum is asked for again while its leader is not found, then told whole") {
  admin_script f;
  int asked = 0;
  f.cluster.answer<wire::describe_quorum_request>([&](const wire::describe_quorum_request& request) {
    CHECK(request.topics.at(0).topic_name == "__cluster_metadata");
    return quorum_answer(++asked == 1 ? error_code::not_leader_or_follower : error_code::none);
  });
  const auto told = f.run(&administration::describe_quorum);
  REQUIRE(told);
  CHECK(asked == 2);
  CHECK(told->leader == node_id(2));
  CHECK(told->leader_epoch == leader_epoch(7));
  CHECK(told->high_watermark == offset(40));
  CHECK(told->voters.at(0).log_end == offset(41));
  CHECK(told->voters.at(0).last_fetch == timestamp(5));
  CHECK(told->voters.at(0).last_caught_up == timestamp(4));
  CHECK(told->observers.at(0).id == node_id(9));
  CHECK(told->endpoints.at(0).port == 9093);
}

TEST_CASE("a request without an answer is sent again while there is time") {
  admin_script f(patience / 3);
  int asked = 0;
  f.cluster.answer<wire::describe_quorum_request>([&](const auto&) {
    return ++asked == 1 ? std::nullopt : std::optional(quorum_answer(error_code::none));
  });
  CHECK(f.run(&administration::describe_quorum));
  CHECK(asked == 2);
}

TEST_CASE("who may not see the quorum is told so at once") {
  admin_script f;
  f.cluster.answer<wire::describe_quorum_request>([](const auto&) {
    wire::describe_quorum_response out;
    out.error_code = error_code::cluster_authorization_failed;
    return out;
  });
  const auto told = f.run(&administration::describe_quorum);
  CHECK(told.code() == error_code::cluster_authorization_failed);
  CHECK(f.cluster.asked(wire::describe_quorum_request::api) == 1);
}

TEST_CASE("features are those of ApiVersions: levels in force, and the range a broker supports") {
  admin_script f;
  f.cluster.answer<wire::api_versions_request>([every = f.cluster.every_version()](const auto&) {
    auto out = every;
    out.supported_features.push_back({"metadata.version", 7, 30, {}});
    out.finalized_features.push_back({"metadata.version", 29, 29, {}});
    out.finalized_features_epoch = 12;
    return out;
  });
  const auto told = f.run(&administration::describe_features);
  REQUIRE(told);
  CHECK(told->finalized.at("metadata.version") == 29);
  CHECK(told->supported.at("metadata.version").max == 30);
  CHECK(told->epoch == 12);
}

TEST_CASE(
    "an election has an outcome for each partition, in the order asked, one that is left out included") {
  admin_script f;
  f.cluster.answer<wire::elect_leaders_request>([](const wire::elect_leaders_request& request) {
    CHECK(request.election_type == 1);
    REQUIRE(request.topic_partitions);
    CHECK(request.topic_partitions->at(0).partitions.size() == 2);
    wire::elect_leaders_response out;
    auto& topic = out.replica_election_results.emplace_back();
    topic.topic = "a";
    topic.partition_result.push_back({partition_id(0), error_code::none, std::nullopt, {}});
    topic.partition_result.push_back({partition_id(1), error_code::election_not_needed, "it leads", {}});
    return out;
  });
  const auto told =
      f.run(&administration::elect_leaders, admin::election_type::unclean, partitions{b0, a1, a0});
  REQUIRE(told);
  REQUIRE(told->size() == 3);
  CHECK((*told)[0].second.code() == error_code::malformed_response);
  CHECK((*told)[1].second.code() == error_code::election_not_needed);
  CHECK((*told)[1].second.failure().message == "ELECTION_NOT_NEEDED (it leads)");
  CHECK((*told)[2].second);
}

TEST_CASE("an election of all partitions asks for none, and tells of those that the controller names") {
  admin_script f;
  f.cluster.answer<wire::elect_leaders_request>([](const wire::elect_leaders_request& request) {
    CHECK_FALSE(request.topic_partitions);
    wire::elect_leaders_response out;
    auto& topic = out.replica_election_results.emplace_back();
    topic.topic = "a";
    topic.partition_result.push_back({partition_id(1), error_code::none, std::nullopt, {}});
    return out;
  });
  const auto told = f.run(&administration::elect_leaders, admin::election_type::preferred, partitions{});
  REQUIRE(told);
  REQUIRE(told->size() == 1);
  CHECK((*told)[0].first == a1);
}

TEST_CASE("a reassignment without replicas is a cancellation, and each has its outcome") {
  admin_script f;
  f.cluster.answer<wire::alter_partition_reassignments_request>(
      [](const wire::alter_partition_reassignments_request& request) {
        REQUIRE(request.topics.size() == 2);
        CHECK(request.topics[0].partitions.at(0).replicas == std::vector{node_id(1), node_id(2)});
        CHECK_FALSE(request.topics[1].partitions.at(0).replicas);
        wire::alter_partition_reassignments_response out;
        for (const auto& t : request.topics) {
          auto& topic = out.responses.emplace_back();
          topic.name = t.name;
          topic.partitions.push_back({partition_id(0), error_code::none, std::nullopt, {}});
        }
        out.responses[1].partitions[0].error_code = error_code::no_reassignment_in_progress;
        return out;
      });
  const auto told = f.run(&administration::alter_reassignments,
                          std::vector<admin::reassignment_request>{{a0, std::vector{node_id(1), node_id(2)}},
                                                                   {b0, std::nullopt}});
  REQUIRE(told);
  CHECK((*told)[0].second);
  CHECK((*told)[1].second.code() == error_code::no_reassignment_in_progress);
}

TEST_CASE("reassignments under way: all, and of some") {
  admin_script f;
  std::vector<bool> of_all;
  f.cluster.answer<wire::list_partition_reassignments_request>(
      [&](const wire::list_partition_reassignments_request& request) {
        of_all.push_back(!request.topics);
        wire::list_partition_reassignments_response out;
        auto& topic = out.topics.emplace_back();
        topic.name = "a";
        topic.partitions.push_back(
            {partition_id(1), {node_id(1), node_id(2)}, {node_id(2)}, {node_id(1)}, {}});
        return out;
      });
  const auto told = f.run(&administration::list_reassignments, partitions{});
  REQUIRE(told);
  CHECK(told->at(0).at == a1);
  CHECK(told->at(0).adding == std::vector{node_id(2)});
  CHECK(told->at(0).removing == std::vector{node_id(1)});
  CHECK(f.run(&administration::list_reassignments, partitions{a1}));
  CHECK(of_all == std::vector{true, false});
}

TEST_CASE("a broker that the cluster does not know cannot be unregistered") {
  admin_script f;
  f.cluster.answer<wire::unregister_broker_request>([](const wire::unregister_broker_request& request) {
    wire::unregister_broker_response out;
    if (request.broker_id != node_id(3)) out.error_code = error_code::broker_id_not_registered;
    return out;
  });
  CHECK(f.run(&administration::unregister_broker, node_id(3)));
  CHECK(f.run(&administration::unregister_broker, node_id(4)).code() == error_code::broker_id_not_registered);
}
