// Administration that goes to many brokers: records, producers and transactions at leaders and coordinators, groups, directories.
#include <map>

#include <doctest/doctest.h>

#include "admin_script.hpp"
#include "wire/messages/consumer_group_describe.hpp"
#include "wire/messages/delete_records.hpp"
#include "wire/messages/describe_groups.hpp"
#include "wire/messages/describe_log_dirs.hpp"
#include "wire/messages/describe_producers.hpp"
#include "wire/messages/describe_transactions.hpp"
#include "wire/messages/leave_group.hpp"
#include "wire/messages/list_transactions.hpp"
#include "wire/messages/offset_delete.hpp"
#include "wire/messages/write_txn_markers.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

const topic_partition a0{"a", partition_id(0)}, a1{"a", partition_id(1)}, b0{"b", partition_id(0)},
    none0{"none", partition_id(0)};

/// Two brokers: the first leads a/0 and b/0, the second a/1.
struct leaders_script : test::admin_script {
  leaders_script() {
    cluster.brokers = 2;
    cluster.topics = {{"a", 2}, {"b", 1}};
  }
};

/// Each partition of the request, which `say(topic, partition)` gives an outcome.
template <class Response>
Response each_partition(const auto& request, auto say) {
  Response out;
  for (const auto& t : request.topics) {
    auto& topic = out.topics.emplace_back();
    topic.name = t.name;
    for (const auto& p : t.partitions) say(t.name, p, topic.partitions.emplace_back());
  }
  return out;
}

template <class T>
bool says_it_may_be_done(const result<T>& outcome) {
  return !outcome && outcome.failure().message.ends_with("; it may have been carried out");
}

}  // namespace

TEST_CASE("records are deleted by one request to each leader, and again where it leads no more") {
  leaders_script f;
  std::map<node_id, int> asked;
  f.cluster.answer<wire::delete_records_request>([&](const wire::delete_records_request& request) {
    ++asked[f.cluster.asked_of];
    return each_partition<wire::delete_records_response>(
        request, [&](std::string_view topic, const auto& p, auto& said) {
          said.partition_index = p.partition_index;
          said.low_watermark = p.offset;
          if (topic == "b") said.error_code = error_code::offset_out_of_range;
          if (p.partition_index == partition_id(1) && asked[node_id(2)] == 1)
            said.error_code = error_code::not_leader_or_follower;
        });
  });
  const auto told = f.run(
      &administration::delete_records,
      std::vector<std::pair<topic_partition, offset>>{{b0, offset(9)}, {a1, offset(7)}, {a0, offset(5)}});
  REQUIRE(told);
  CHECK(asked == std::map<node_id, int>{{node_id(1), 1}, {node_id(2), 2}});
  REQUIRE(told->size() == 3);
  CHECK((*told)[0].second.code() == error_code::offset_out_of_range);
  CHECK((*told)[1].first == a1);
  REQUIRE((*told)[1].second);
  CHECK(*(*told)[1].second == offset(7));
  REQUIRE((*told)[2].second);
  CHECK(*(*told)[2].second == offset(5));
}

TEST_CASE("nothing is sent or waited for after the command was told, which says what may have happened") {
  test::admin_script f(3 * test::patience);
  f.cluster.topics = {{"a", 1}};
  f.cluster.hold<wire::delete_records_request>();
  const auto told = f.run(&administration::delete_records,
                          std::vector<std::pair<topic_partition, offset>>{{a0, offset(1)}});
  REQUIRE(told);
  REQUIRE(told->size() == 1);
  CHECK(says_it_may_be_done((*told)[0].second));
  REQUIRE(f.cluster.held.size() == 1);
  CHECK(f.cluster.held[0].read<wire::delete_records_request>().timeout_ms <= millis(10'000));
  f.cluster.cut();
  f.cluster.pass(3 * test::patience);
  CHECK(f.cluster.asked(wire::delete_records_request::api) == 1);
}

TEST_CASE("what no answer came to is asked again where it is the same twice, and else told as it is") {
  leaders_script f;
  f.cluster.topics = {{"a", 1}, {"b", 1}};
  f.cluster.answer<wire::delete_records_request>(
      [&](const wire::delete_records_request& request) -> std::optional<wire::delete_records_response> {
        if (f.cluster.asked(wire::delete_records_request::api) == 1) return std::nullopt;
        CHECK(request.topics.size() == 1);
        return each_partition<wire::delete_records_response>(
            request,
            [](std::string_view, const auto& p, auto& said) { said.partition_index = p.partition_index; });
      });
  std::optional<result<per_item<topic_partition, offset>>> told;
  f.cluster.core.administer(
      &administration::delete_records, test::patience,
      [&](result<per_item<topic_partition, offset>> came) { told = std::move(came); }, f.cluster.now,
      f.cluster.out, std::vector<std::pair<topic_partition, offset>>{{a0, offset(-1)}, {b0, offset(1)}});
  f.cluster.settle();
  f.cluster.cut();
  f.cluster.pass(test::second);
  REQUIRE(told);
  CHECK((**told)[0].second.code() == error_code::disconnected);
  CHECK(says_it_may_be_done((**told)[0].second));
  CHECK((**told)[1].second);
}

TEST_CASE(
    "up to the end is asked once of a leader that leads no more: it may have deleted, and the end moves") {
  leaders_script f;
  f.cluster.answer<wire::delete_records_request>([&](const wire::delete_records_request& request) {
    return each_partition<wire::delete_records_response>(
        request, [&](std::string_view, const auto& p, auto& said) {
          said.partition_index = p.partition_index;
          said.error_code = error_code::not_leader_or_follower;
        });
  });
  const auto told = f.run(&administration::delete_records,
                          std::vector<std::pair<topic_partition, offset>>{{a0, offset(-1)}});
  REQUIRE(told);
  CHECK((*told)[0].second.code() == error_code::not_leader_or_follower);
  CHECK((*told)[0].second.failure().maybe_written == true);
  CHECK(says_it_may_be_done((*told)[0].second));
  CHECK(f.cluster.asked(wire::delete_records_request::api) == 1);
}

TEST_CASE("a topic that nobody knows is waited for a while, and no other waits with it for good") {
  leaders_script f;
  f.cluster.answer<wire::delete_records_request>([](const wire::delete_records_request& request) {
    return each_partition<wire::delete_records_response>(
        request,
        [](std::string_view, const auto& p, auto& said) { said.partition_index = p.partition_index; });
  });
  const auto before = f.cluster.now.steady;
  const auto told = f.run(&administration::delete_records, std::vector<std::pair<topic_partition, offset>>{
                                                               {none0, offset(1)}, {a0, offset(1)}});
  REQUIRE(told);
  CHECK((*told)[0].second.code() == error_code::unknown_topic_or_partition);
  CHECK((*told)[1].second);
  CHECK(f.cluster.now.steady - before < test::patience);
}

TEST_CASE("a leader's producers are told with what they have open, and a partition that is left out again") {
  leaders_script f;
  f.cluster.answer<wire::describe_producers_request>([&](const wire::describe_producers_request& request) {
    wire::describe_producers_response out;
    for (const auto& t : request.topics) {
      auto& topic = out.topics.emplace_back();
      topic.name = t.name;
      for (const auto p : t.partition_indexes) {
        if (t.name == "b" && f.cluster.asked(wire::describe_producers_request::api) == 1) continue;
        auto& said = topic.partitions.emplace_back();
        said.partition_index = p;
        said.active_producers.push_back({producer_id(4), 2, 17, timestamp(5), 3, offset(40), {}});
      }
    }
    return out;
  });
  const auto told = f.run(&administration::describe_producers, std::vector{a0, b0});
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  for (const auto& [at, producers] : *told) {
    REQUIRE(producers);
    const auto& p = producers->at(0);
    CHECK(p.id == producer_id(4));
    CHECK(p.last_sequence == 17);
    CHECK(p.coordinator_epoch == 3);
    CHECK(p.transaction_start == offset(40));
  }
}

namespace {

wire::write_txn_markers_response marker_answer(const wire::write_txn_markers_request& request,
                                               error_code code) {
  wire::write_txn_markers_response out;
  auto& marker = out.markers.emplace_back();
  marker.producer_id = request.markers.at(0).producer_id;
  auto& topic = marker.topics.emplace_back();
  topic.name = request.markers.at(0).topics.at(0).name;
  topic.partitions.push_back({request.markers.at(0).topics.at(0).partition_indexes.at(0), code, {}});
  return out;
}

const admin::hanging_transaction hanging{a1, producer_id(4), producer_epoch(2), 3};

}  // namespace

TEST_CASE("a hanging transaction is aborted by a marker at the partition's leader, once that is there") {
  leaders_script f;
  int asked = 0;
  f.cluster.answer<wire::write_txn_markers_request>([&](const wire::write_txn_markers_request& request) {
    CHECK(f.cluster.asked_of == node_id(2));
    const auto& marker = request.markers.at(0);
    CHECK_FALSE(marker.transaction_result);
    CHECK(marker.producer_epoch == producer_epoch(2));
    CHECK(marker.coordinator_epoch == 3);
    return marker_answer(request, ++asked == 1 ? error_code::leader_not_available : error_code::none);
  });
  CHECK(f.run(&administration::abort_transaction, hanging));
  CHECK(asked == 2);
}

TEST_CASE("a marker of a coordinator that was replaced is not written twice") {
  leaders_script f;
  f.cluster.answer<wire::write_txn_markers_request>([&](const wire::write_txn_markers_request& request) {
    return marker_answer(request, error_code::transaction_coordinator_fenced);
  });
  CHECK(f.run(&administration::abort_transaction, hanging).code() ==
        error_code::transaction_coordinator_fenced);
  CHECK(f.cluster.asked(wire::write_txn_markers_request::api) == 1);
}

TEST_CASE(
    "a marker that may be written is not sent again: it would end a later transaction of the producer") {
  for (const auto code : {error_code::not_enough_replicas_after_append, error_code::not_leader_or_follower,
                          error_code::unknown_server_error}) {
    leaders_script f;
    f.cluster.answer<wire::write_txn_markers_request>(
        [&](const wire::write_txn_markers_request& request) { return marker_answer(request, code); });
    const auto told = f.run(&administration::abort_transaction, hanging);
    CHECK(told.code() == code);
    CHECK(says_it_may_be_done(told));
    CHECK(f.cluster.asked(wire::write_txn_markers_request::api) == 1);
  }
}

TEST_CASE("offsets of a group are deleted by its coordinator, which is looked for again when it moved") {
  test::admin_script f;
  f.cluster.answer<wire::offset_delete_request>([&](const wire::offset_delete_request& request) {
    CHECK(request.topics.size() == 2);
    auto out = each_partition<wire::offset_delete_response>(
        request, [](std::string_view topic, const auto& p, auto& said) {
          said.partition_index = p.partition_index;
          if (topic == "b") said.error_code = error_code::group_subscribed_to_topic;
        });
    out.topics[0].partitions.pop_back();
    if (f.cluster.asked(wire::offset_delete_request::api) == 1) out.error_code = error_code::not_coordinator;
    return out;
  });
  const auto told = f.run(&administration::delete_group_offsets, std::string("g"), std::vector{a0, b0, a1});
  REQUIRE(told);
  CHECK(f.cluster.asked(wire::find_coordinator_request::api) == 2);
  CHECK((*told)[0].second);
  CHECK((*told)[1].second.code() == error_code::group_subscribed_to_topic);
  CHECK((*told)[2].second.code() == error_code::malformed_response);
}

TEST_CASE("a group that is not there has no offsets to delete, of none of the partitions") {
  test::admin_script f;
  f.cluster.answer<wire::offset_delete_request>([](const auto&) {
    wire::offset_delete_response out;
    out.error_code = error_code::group_id_not_found;
    return out;
  });
  const auto told = f.run(&administration::delete_group_offsets, std::string("g"), std::vector{a0, a1});
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  for (const auto& [at, outcome] : *told) CHECK(outcome.code() == error_code::group_id_not_found);
}

TEST_CASE("members leave by their instance, or by their id, and each has its outcome") {
  test::admin_script f;
  f.cluster.answer<wire::leave_group_request>([](const wire::leave_group_request& request) {
    wire::leave_group_response out;
    REQUIRE(request.members.size() == 3);
    CHECK(request.members[0].group_instance_id == std::string_view("static"));
    CHECK_FALSE(request.members[1].group_instance_id);
    out.members.push_back({"", "static", error_code::none, {}});
    out.members.push_back({"m", std::nullopt, error_code::unknown_member_id, {}});
    return out;
  });
  const auto told = f.run(&administration::remove_members, std::string("g"),
                          std::vector<admin::leaving_member>{{"", "static"}, {"m", ""}, {"left out", ""}});
  REQUIRE(told);
  CHECK((*told)[0].first == "static");
  CHECK((*told)[0].second);
  CHECK((*told)[1].second.code() == error_code::unknown_member_id);
  CHECK((*told)[2].second.code() == error_code::malformed_response);
}

TEST_CASE("transactions of all coordinators are listed, when the last has loaded") {
  leaders_script f;
  int asked = 0;
  f.cluster.answer<wire::list_transactions_request>([&](const wire::list_transactions_request& request) {
    CHECK(request.state_filters == std::vector<std::string_view>{"Ongoing"});
    CHECK(request.duration_filter == millis(7));
    wire::list_transactions_response out;
    const bool second = f.cluster.asked_of == node_id(2);
    if (second && ++asked == 1) return out.error_code = error_code::coordinator_load_in_progress, out;
    out.transaction_states.push_back({second ? "x" : "y", producer_id(1), "Ongoing", {}});
    return out;
  });
  const auto told = f.run(&administration::list_transactions,
                          admin::transaction_filter{.states = {"Ongoing"}, .longer_than = millis(7)});
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  CHECK(told->at(0).id == "x");
  CHECK(told->at(1).id == "y");
}

TEST_CASE("a list of transactions that one coordinator refuses is no list") {
  leaders_script f;
  f.cluster.answer<wire::list_transactions_request>([&](const wire::list_transactions_request&) {
    wire::list_transactions_response out;
    if (f.cluster.asked_of == node_id(1)) out.error_code = error_code::cluster_authorization_failed;
    return out;
  });
  CHECK(f.run(&administration::list_transactions, admin::transaction_filter()).code() ==
        error_code::cluster_authorization_failed);
}

TEST_CASE("of several coordinators that refuse, the first that answered is the command's failure") {
  leaders_script f;
  f.cluster.hold<wire::list_transactions_request>();
  std::optional<error_code> told;
  f.cluster.core.administer(
      &administration::list_transactions, test::patience,
      [&](result<std::vector<admin::listed_transaction>> came) { told = came.code(); }, f.cluster.now,
      f.cluster.out, admin::transaction_filter());
  f.cluster.pass(test::second);
  REQUIRE(f.cluster.held.size() == 2);
  for (const auto code :
       {error_code::cluster_authorization_failed, error_code::transactional_id_authorization_failed}) {
    wire::list_transactions_response out;
    out.error_code = code;
    f.cluster.reply(f.cluster.held.front(), out);
    f.cluster.held.erase(f.cluster.held.begin());
    f.cluster.settle();
  }
  CHECK(told == error_code::cluster_authorization_failed);
}

TEST_CASE("an answer in the last moment that tells of no group is no description, by either protocol") {
  for (const bool classic : {true, false}) {
    test::admin_script f;
    f.cluster.answer<wire::describe_groups_request>(
        [&](const wire::describe_groups_request& request) -> std::optional<wire::describe_groups_response> {
          if (classic) return std::nullopt;
          wire::describe_groups_response out;
          auto& said = out.groups.emplace_back();
          said.group_id = request.groups.at(0);
          said.group_state = "Dead";
          return out;
        });
    f.cluster.hold<wire::consumer_group_describe_request>();
    std::optional<result<per_item<std::string, admin::group_description>>> told;
    const auto end = after(f.cluster.now.steady, test::patience);
    f.cluster.core.administer(
        &administration::describe_groups, test::patience,
        [&](result<per_item<std::string, admin::group_description>> came) { told = std::move(came); },
        f.cluster.now, f.cluster.out, std::vector<std::string>{"g"});
    f.cluster.pass(test::second);
    REQUIRE(f.cluster.held.size() == 1);
    f.cluster.now.steady = end;
    if (classic)
      f.cluster.reply(f.cluster.held[0], wire::describe_groups_response());
    else
      f.cluster.reply(f.cluster.held[0], wire::consumer_group_describe_response());
    f.cluster.settle();
    REQUIRE(told);
    REQUIRE((*told)->size() == 1);
    CHECK((*told)->at(0).second.code() == error_code::malformed_response);
  }
}

TEST_CASE("a state of transactions that there is not is a mistake, not an empty list") {
  leaders_script f;
  f.cluster.answer<wire::list_transactions_request>([](const wire::list_transactions_request& request) {
    wire::list_transactions_response out;
    out.unknown_state_filters = request.state_filters;
    return out;
  });
  const auto told =
      f.run(&administration::list_transactions, admin::transaction_filter{.states = {"Running"}});
  CHECK(told.code() == error_code::invalid_request);
  CHECK(told.failure().message.find("\"Running\"") != std::string::npos);
}

TEST_CASE("a transaction is described by its coordinator, and one that is unknown alone is not") {
  test::admin_script f;
  bool moved = false;
  f.cluster.answer<wire::describe_transactions_request>(
      [&](const wire::describe_transactions_request& request) {
        wire::describe_transactions_response out;
        auto& said = out.transaction_states.emplace_back();
        said.transactional_id = request.transactional_ids.at(0);
        if (said.transactional_id == "unknown")
          return said.error_code = error_code::transactional_id_not_found, out;
        if (!std::exchange(moved, true)) return said.error_code = error_code::not_coordinator, out;
        said.transaction_state = "Ongoing";
        said.producer_id = producer_id(8);
        said.transaction_timeout_ms = millis(60'000);
        said.topics.push_back({"a", {partition_id(0), partition_id(1)}, {}});
        return out;
      });
  const auto told = f.run(&administration::describe_transactions, std::vector<std::string>{"unknown", "t"});
  REQUIRE(told);
  CHECK((*told)[0].second.code() == error_code::transactional_id_not_found);
  REQUIRE((*told)[1].second);
  CHECK((*told)[1].second->coordinator == node_id(1));
  CHECK((*told)[1].second->producer == producer_id(8));
  CHECK((*told)[1].second->partitions == std::vector{a0, a1});
  CHECK(f.cluster.asked(wire::find_coordinator_request::api) == 3);
}

TEST_CASE("log directories are those of every broker, one that is offline among them") {
  leaders_script f;
  f.cluster.answer<wire::describe_log_dirs_request>([&](const wire::describe_log_dirs_request& request) {
    CHECK_FALSE(request.topics);
    wire::describe_log_dirs_response out;
    if (f.cluster.asked_of == node_id(2))
      return out.error_code = error_code::cluster_authorization_failed, out;
    auto& good = out.results.emplace_back();
    good.log_dir = "/one";
    good.total_bytes = 100;
    auto& topic = good.topics.emplace_back();
    topic.name = "a";
    topic.partitions.push_back({partition_id(0), 12, 3, true, {}});
    auto& bad = out.results.emplace_back();
    bad.log_dir = "/two";
    bad.error_code = error_code::kafka_storage_error;
    return out;
  });
  const auto told = f.run(&administration::describe_log_dirs, std::vector<node_id>());
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  const auto& [first, directories] = (*told)[0];
  CHECK(first == node_id(1));
  REQUIRE(directories);
  REQUIRE(directories->size() == 2);
  CHECK(directories->at(0).total_bytes == 100);
  CHECK(directories->at(0).usable_bytes == -1);
  CHECK(directories->at(0).replicas.at(0).at == a0);
  CHECK(directories->at(0).replicas.at(0).size == 12);
  CHECK(directories->at(0).replicas.at(0).future);
  CHECK(directories->at(1).state.code() == error_code::kafka_storage_error);
  CHECK((*told)[1].second.code() == error_code::cluster_authorization_failed);
}

TEST_CASE("a broker that may not tell and has no word for it yet shows no directories") {
  test::admin_script f;
  f.cluster.answer<wire::api_versions_request>([](const auto&) {
    auto out = test::scripted_cluster::every_version();
    for (auto& api : out.api_keys)
      if (api.api_key == wire::describe_log_dirs_request::api) api.max_version = 2;
    return out;
  });
  f.cluster.answer<wire::describe_log_dirs_request>(
      [](const auto&) { return wire::describe_log_dirs_response(); });
  const auto told = f.run(&administration::describe_log_dirs, std::vector{node_id(1)});
  REQUIRE(told);
  REQUIRE(told->size() == 1);
  CHECK((*told)[0].second.code() == error_code::cluster_authorization_failed);
}
