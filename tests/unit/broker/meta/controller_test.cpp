// The controller: what a command appends, and when it is answered.
#include "broker/meta/controller.hpp"

#include <memory>
#include <optional>

#include <doctest/doctest.h>

#include "broker/meta/record.hpp"
#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::meta;

namespace {

template <class Response>
using place = std::shared_ptr<std::optional<Response>>;

/// A controller of a cluster whose one broker is live.
struct controller_fixture {
  controller_fixture() {
    wire::register_broker_record broker;
    broker.broker_id = self;
    broker.fenced = false;
    cluster.replay(broker, offset(0), leader_epoch(1));
  }
  void activate() {
    machine.activate(cluster.current());
    log.batches.clear();  // of the bootstrap
  }
  void apply_all() { machine.on_applied(log.end()); }

  /// Gives the command; the codes of its items come into the returned place.
  template <class Response, class Request, class Items>
  place<std::vector<error_code>> command(void (controller::*how)(const Request&, reply<Response>),
                                         const Request& request, Items items) {
    auto codes = std::make_shared<std::optional<std::vector<error_code>>>();
    const auto kept = std::make_shared<Request>(request);
    (machine.*how)(*kept, reply<Response>([codes, kept, items](const Response& said) {
      for (auto& list = codes->emplace(); const auto& item : said.*items) list.push_back(item.error_code);
    }));
    return codes;
  }
  auto create(std::string_view name, std::int32_t partitions = 1) {
    wire::create_topics_request request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = 1;
    return command(&controller::create_topics, request, &wire::create_topics_response::topics);
  }
  auto grow(std::string_view name, std::int32_t count) {
    wire::create_partitions_request request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.count = count;
    topic.assignments = std::nullopt;
    return command(&controller::create_partitions, request, &wire::create_partitions_response::results);
  }
  auto configure(std::string_view topic, std::string_view key, std::string_view value) {
    return command(&controller::incremental_alter_configs, config_change(topic, key, value),
                   &wire::incremental_alter_configs_response::responses);
  }
  auto erase(std::string_view name) {
    wire::delete_topics_request request;
    request.topic_names = {name};
    return command(&controller::delete_topics, request, &wire::delete_topics_response::responses);
  }
  /// How many records of a type the last batch has.
  template <class Record>
  std::size_t last() const {
    std::size_t count = 0;
    for (const auto& bytes : log.batches.back()) {
      const auto record = decode_record(bytes);
      REQUIRE(record);
      count += std::holds_alternative<Record>(*record);
    }
    return count;
  }

  node_id self{1};
  memory_log log;
  klamm::test::counting_entropy entropy;
  config_map own;
  image_builder cluster;
  instant no_time;
  controller machine{log, no_time, entropy, rng(0), own, self, ""};
};

using codes = std::vector<error_code>;
const codes fine = {error_code::none};

}  // namespace

TEST_CASE("a command waits for the quorum's leadership, and its answer for its records") {
  controller_fixture f;
  const auto answer = f.create("orders", 2);
  CHECK(f.log.batches.empty());
  f.machine.activate(f.cluster.current());
  REQUIRE(f.log.batches.size() == 2);  // the features of a new cluster, then the topic
  CHECK(f.log.batches[1].size() == 3);
  CHECK(f.last<wire::topic_record>() == 1);
  CHECK(f.last<wire::partition_record>() == 2);
  CHECK(!*answer);
  f.machine.on_applied(f.log.end() - 1);
  CHECK(!*answer);
  f.apply_all();
  CHECK(**answer == fine);
}

TEST_CASE("the next command sees what is appended and not yet committed") {
  controller_fixture f;
  f.activate();
  const auto first = f.create("orders"), again = f.create("orders");
  CHECK(f.log.batches.size() == 1);
  CHECK(!*again);  // that the topic is there may not be said before it is
  f.apply_all();
  CHECK(**first == fine);
  CHECK(**again == codes{error_code::topic_already_exists});
}

TEST_CASE("each change of a topic is one batch of its records") {
  controller_fixture f;
  f.activate();
  std::vector<place<codes>> answers;
  answers.push_back(f.create("orders", 2));
  answers.push_back(f.grow("orders", 5));
  CHECK(f.log.batches.back().size() == 3);
  CHECK(f.last<wire::partition_record>() == 3);
  answers.push_back(f.configure("orders", "retention.ms", "1000"));
  CHECK(f.log.batches.back().size() == 1);
  CHECK(f.last<wire::config_record>() == 1);
  answers.push_back(f.erase("orders"));
  CHECK(f.last<wire::remove_topic_record>() == 1);
  answers.push_back(f.create("orders"));
  CHECK(f.log.batches.size() == 5);
  f.apply_all();
  for (const auto& answer : answers) CHECK(**answer == fine);
}

TEST_CASE("what is refused appends nothing") {
  controller_fixture f;
  f.activate();
  const auto grown = f.grow("nowhere", 2), deleted = f.erase("nowhere"),
             configured = f.configure("nowhere", "retention.ms", "1000");
  CHECK(f.log.batches.empty());
  f.apply_all();
  CHECK(**grown == codes{error_code::unknown_topic_or_partition});
  CHECK(**deleted == codes{error_code::unknown_topic_or_partition});
  CHECK(**configured == codes{error_code::unknown_topic_or_partition});
}

TEST_CASE("a controller that resigns answers NOT_CONTROLLER, and forgets what was not committed") {
  controller_fixture f;
  f.activate();
  const auto lost = f.create("orders");
  f.machine.resign();
  CHECK(!f.machine.active());
  CHECK(**lost == codes{error_code::not_controller});
  f.activate();
  const auto anew = f.create("orders");
  f.apply_all();
  CHECK(**anew == fine);
}

TEST_CASE("a log that refuses is the answer, at once, and nothing has changed") {
  controller_fixture f;
  f.activate();
  f.log.refuses = error_code::kafka_storage_error;
  CHECK(**f.create("orders") == codes{error_code::kafka_storage_error});
  f.log.refuses = error_code::none;
  const auto anew = f.create("orders");
  f.apply_all();
  CHECK(**anew == fine);
}

TEST_CASE("an answer waits for every live broker, but no longer than a second") {
  meta_cluster c(2);
  wire::create_topics_request request;
  request.topics.emplace_back().name = "orders";
  request.topics.back().num_partitions = 1;
  request.topics.back().replication_factor = 2;
  const auto answer = c.ask<wire::create_topics_response>(request, &controller::create_topics);
  c.clock.steady += millis(2000);
  c.machine.tick();
  CHECK(!*answer);  // time alone commits nothing
  c.clock.steady -= millis(2000);
  c.commit();
  CHECK(!*answer);
  CHECK(c.machine.deadline() == c.clock.steady + millis(1000));
  c.beat(1);
  CHECK(!*answer);
  SUBCASE("all have applied it") {
    c.beat(c.heartbeat(2));  // nothing is committed with it
    CHECK(*answer);
  }
  SUBCASE("one hangs") {
    c.clock.steady += millis(1000);
    c.machine.tick();
    CHECK(*answer);
  }
  SUBCASE("one leaves") {
    c.beat(2, true);
    c.machine.tick();
    CHECK(*answer);
  }
}

TEST_CASE("a broker that says that it has applied what is not there yet has not applied what comes") {
  meta_cluster c(1);
  auto ahead = c.heartbeat(1);
  SUBCASE("a little") { ahead.current_metadata_offset = c.log.end() + 100; }
  SUBCASE("as much as there can be") { ahead.current_metadata_offset = offset(INT64_MAX); }
  c.beat(ahead);
  wire::create_topics_request request;
  request.topics.emplace_back().name = "orders";
  request.topics.back().num_partitions = 1;
  request.topics.back().replication_factor = 1;
  const auto answer = c.ask<wire::create_topics_response>(request, &controller::create_topics);
  c.commit();
  CHECK(!*answer);
  c.beat(1);
  CHECK(*answer);
}

TEST_CASE("an ISR is answered as soon as it is committed, whoever has seen it") {
  meta_cluster c(2);
  c.create("orders", {{1, 2}});
  const auto answer =
      c.ask<wire::alter_partition_response>(c.isr_request("orders", {1}), &controller::alter_partition);
  CHECK(!*answer);
  c.commit();
  CHECK(*answer);
}

TEST_CASE("while another leads, commands are refused at once, and those that waited too") {
  meta_cluster c;
  c.machine.resign();
  const auto waiting =
      c.ask<wire::broker_registration_response>(c.registration(1), &controller::register_broker);
  CHECK(!*waiting);
  c.machine.on_other_leader();
  CHECK((*waiting)->error_code == error_code::not_controller);
  wire::create_topics_request request;
  request.topics.emplace_back().name = "orders";
  const auto refused = c.ask<wire::create_topics_response>(request, &controller::create_topics);
  CHECK((*refused)->topics.at(0).error_code == error_code::not_controller);
}

TEST_CASE(
    "what a controller appended and did not get committed is nothing, and is said to be nothing "
    "(KAFKA-13114)") {
  meta_cluster c(3);
  c.create("orders", {{1, 2, 3}});
  const auto committed = c.state();
  const auto batches = c.log.batches.size();
  const auto shrink = c.isr_request("orders", {1, 2});
  const auto lost = c.ask<wire::alter_partition_response>(shrink, &controller::alter_partition);
  wire::allocate_producer_ids_request ids_request;
  ids_request.broker_id = node_id(1);
  ids_request.broker_epoch = c.epochs.at(1);
  const auto lost_ids =
      c.ask<wire::allocate_producer_ids_response>(ids_request, &controller::allocate_producer_ids);
  CHECK(c.log.batches.size() == batches + 2);
  c.machine.resign();
  CHECK((*lost)->error_code == error_code::not_controller);
  CHECK((*lost_ids)->error_code == error_code::not_controller);
  c.log.truncate_to(batches);
  c.machine.activate(committed);
  CHECK(c.alter(shrink).topics.at(0).partitions.at(0).error_code == error_code::none);  // epochs as before
}
