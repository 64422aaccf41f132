// A whole node on a simulated disk: it starts, serves, stops, and comes back after crashes as what it was.
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "node_life.hpp"
#include "wire/batch_builder.hpp"
#include "wire/messages/describe_topic_partitions.hpp"
#include "wire/messages/find_coordinator.hpp"
#include "wire/messages/list_offsets.hpp"
#include "wire/messages/metadata.hpp"
#include "wire/messages/produce.hpp"
#include "wire/messages/unregister_broker.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::node::test;

namespace {

/// A Produce of one record to "orders" with acks=all.
wire::produce_request one_record(instant now) {
  wire::batch_builder batch;
  batch.append({.timestamp = now.wall, .value = as_bytes_view("v")});
  wire::compressor none;
  wire::produce_request request;
  request.acks = -1;
  request.timeout_ms = millis(30'000);
  auto& topic = request.topic_data.emplace_back();
  topic.name = "orders";
  topic.partition_data.emplace_back().records =
      wire::records_field(buffer_slice::own(wire::stamped(batch.seal({}, none), {}).flatten()));
  return request;
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = as_bytes_view(text);
  return {bytes.begin(), bytes.end()};
}

offset end_of(node_life& at, std::string_view name) {
  wire::list_offsets_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.partitions.emplace_back().timestamp = timestamp(-1);
  return at.call(request, 1).topics.at(0).partitions.at(0).offset;
}

}  // namespace

TEST_CASE("a new node serves, and stops") {
  node_fixture f;
  auto& life = f.start();
  CHECK(life.node.current_state() == state::serving);
  CHECK(!f.disk.content("/data/__consumer_offsets-2/partition.metadata"));
  life.stop();
  CHECK(life.node.current_state() == state::stopped);
  CHECK(f.disk.content("/data/.kafka_cleanshutdown"));
}

TEST_CASE(
    "the groups' topic is made when the first group asks who coordinates it, and the answer waits for it") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  wire::find_coordinator_request request;
  request.key = "billing";
  request.key_type = 1;  // a transaction's has a topic of its own
  CHECK(life.call(request, 2).error_code != error_code::none);
  CHECK(!f.disk.content("/data/__consumer_offsets-0/partition.metadata"));

  request.key_type = 0;
  const auto found = life.call(request, 2);
  CHECK(found.error_code == error_code::none);
  CHECK(found.node_id == node_id(1));
  for (const std::string at : {"0", "1", "2"})
    CHECK(f.disk.content("/data/__consumer_offsets-" + at + "/partition.metadata"));
  CHECK(create(life, "__consumer_offsets") == error_code::topic_already_exists);
}

TEST_CASE("who asks for a transaction's coordinator is told at once that there are none, in each form") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  wire::find_coordinator_request request;
  request.key = "payments";
  request.key_type = 1;
  const auto one = life.call(request, 3);
  CHECK(one.error_code == error_code::transactional_id_authorization_failed);
  CHECK(one.error_message == "this broker has no transactions");
  request.coordinator_keys = {"payments", "refunds"};
  const auto many = life.call(request, 4);
  REQUIRE(many.coordinators.size() == 2);
  for (const auto& each : many.coordinators) {
    CHECK(each.error_code == error_code::transactional_id_authorization_failed);
    CHECK(each.error_message == "this broker has no transactions");
    CHECK(each.port == -1);
  }
}

TEST_CASE("asking for the groups' topic by name makes it as its coordinators need it") {
  node_fixture f;
  auto& life = f.start();
  life.connect();
  wire::metadata_request request;
  request.topics.emplace().emplace_back().name = "__consumer_offsets";
  const auto described = life.call(request, 4);
  CHECK(described.topics.at(0).partitions.size() == 3);
}

TEST_CASE("a node without a rack has none, not one without a name") {
  node_fixture f;
  SUBCASE("none") {}
  SUBCASE("one") { f.options.configs["broker.rack"] = "east"; }
  auto& life = f.start();
  life.connect();
  const auto described = life.call(wire::metadata_request(), 4).brokers.at(0).rack;
  const auto configured = f.options.configs.find("broker.rack");
  CHECK(described.has_value() == (configured != f.options.configs.end()));
  if (described) CHECK(*described == "east");
}

TEST_CASE("a node is the same cluster's after a stop, a kill and a power cut, with its topics") {
  node_fixture f("ack");
  auto& first = f.start();
  const auto cluster = first.node.cluster_id();
  first.connect();
  REQUIRE(create(first, "orders") == error_code::none);
  for (const auto how : {sim::crash::kill, sim::crash::power}) {
    auto& next = f.start(how);
    CHECK(next.node.current_state() == state::serving);
    CHECK(next.node.cluster_id() == cluster);
    next.connect();
    CHECK(create(next, "orders") == error_code::topic_already_exists);
    CHECK(end_of(next, "orders") == offset(0));
    next.stop();
  }
}

TEST_CASE("a directory of another cluster or node is refused with the reason") {
  node_fixture f;
  f.options.cluster_id = "one";
  f.start().stop();
  SUBCASE("another cluster") {
    f.options.cluster_id = "two";
    const auto& refused = f.start().node;
    CHECK(refused.current_state() == state::failed);
    CHECK(refused.why().message ==
          "/data belongs to cluster one, not two: use another directory, or that cluster's id");
  }
  SUBCASE("another node") {
    f.options.configs["node.id"] = "7";
    const auto& refused = f.start().node;
    CHECK(refused.current_state() == state::failed);
    CHECK(refused.why().message == "/data belongs to node 1, not 7: use another directory, or that node id");
  }
}

TEST_CASE("a node refuses records of which it lacks the names or the metadata, and touches none of them") {
  node_fixture f;
  const std::string records = "/data/orders-0/00000000000000000000.log";
  SUBCASE("no meta.properties") {
    f.disk.put(records, std::vector<std::byte>(7));
    const auto& refused = f.start().node;
    CHECK(refused.current_state() == state::failed);
    CHECK(refused.why().message ==
          "/data holds orders-0 but no meta.properties, so nobody knows whose it is: put that file back, or "
          "use "
          "another directory");
    CHECK(!f.disk.content("/data/meta.properties"));
  }
  SUBCASE("no metadata log") {
    f.start().stop();
    f.disk.put(records, std::vector<std::byte>(7));
    for (const auto& file : f.disk.files())
      if (file.find("__cluster_metadata-0/") != std::string::npos) f.disk.erase(file);
    const auto& refused = f.start().node;
    CHECK(refused.current_state() == state::failed);
    CHECK(refused.why().message ==
          "/data holds orders-0 but /data/__cluster_metadata-0 has no log, so nobody knows its topics: put "
          "that "
          "directory back, or use another data directory");
  }
  CHECK(f.disk.content(records)->size() == 7);
}

TEST_CASE("a partition that the metadata do not know is renamed at the start, and not removed") {
  node_fixture f("ack");
  auto& first = f.start();
  first.connect();
  REQUIRE(create(first, "orders") == error_code::none);
  first.stop();
  for (const std::string name : {"00000000000000000000.log", "partition.metadata"})
    f.disk.put("/data/stranger-3/" + name, *f.disk.content("/data/orders-0/" + name));
  auto& next = f.start();
  REQUIRE(next.node.current_state() == state::serving);
  std::string kept;
  for (const auto& file : f.disk.files())
    if (file.starts_with("/data/stranger-3") && file.ends_with(".log")) kept = file;
  CHECK(kept.starts_with("/data/stranger-3."));
  CHECK(kept.find("-stray/") != std::string::npos);
  CHECK(f.disk.content("/data/orders-0/partition.metadata"));
  next.stop();
  CHECK(f.start().node.current_state() == state::serving);
  CHECK(f.disk.content(kept));
}

TEST_CASE("the metadata's log is in a directory of its own where one is given, which says whose it is") {
  node_fixture f("ack");
  f.options.metadata_directory = "/srv/metadata";
  auto& first = f.start();
  const auto cluster = first.node.cluster_id();
  first.connect();
  REQUIRE(create(first, "orders") == error_code::none);
  CHECK(f.disk.content("/srv/metadata/__cluster_metadata-0/quorum-state"));
  CHECK(!f.disk.content("/data/__cluster_metadata-0/quorum-state"));
  SUBCASE("it survives a power cut") {
    auto& next = f.start(sim::crash::power);
    REQUIRE(next.node.current_state() == state::serving);
    next.connect();
    CHECK(create(next, "orders") == error_code::topic_already_exists);
  }
  SUBCASE("another cluster's is refused") {
    f.options.cluster_id = "two";
    const auto& refused = f.start().node;
    CHECK(refused.current_state() == state::failed);
    CHECK(refused.why().message.find("belongs to cluster " + cluster) != std::string::npos);
  }
  SUBCASE("another node's is refused") {
    f.disk.put(
        "/srv/metadata/meta.properties",
        bytes_of("version=1\ncluster.id=" + cluster + "\nnode.id=7\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\n"));
    const auto& refused = f.start().node;
    CHECK(refused.current_state() == state::failed);
    CHECK(refused.why().message ==
          "/srv/metadata belongs to node 7, not 1: use another directory, or that node id");
  }
  SUBCASE("without it the data are refused") {
    f.options.metadata_directory = "/srv/other";
    const auto& refused = f.start().node;
    CHECK(refused.current_state() == state::failed);
    CHECK(refused.why().message.find("/srv/other/__cluster_metadata-0 has no log") != std::string::npos);
  }
  SUBCASE("data that are gone are begun anew, in the same cluster") {
    f.options.data_directory = "/another";
    const auto& next = f.start().node;
    REQUIRE(next.current_state() == state::serving);
    CHECK(next.cluster_id() == cluster);
  }
}

TEST_CASE("a node with two directories that is killed anywhere in its first start serves at the next") {
  for (int steps = 0; steps < 400; steps += 13) {
    node_fixture f;
    f.options.metadata_directory = "/srv/metadata";
    {
      node_life interrupted(f.disk, f.entropy, f.options);
      for (int i = 0; i < steps; ++i) interrupted.step();
    }
    auto& next = f.start(steps % 2 == 0 ? sim::crash::kill : sim::crash::power);
    CHECK_MESSAGE(next.node.current_state() == state::serving, steps, ": ", next.node.why().message);
  }
}

TEST_CASE("a meta.properties that cannot be read is named with its directory") {
  node_fixture f;
  f.disk.put("/data/meta.properties", std::vector<std::byte>(7));
  CHECK(f.start().node.why().message.starts_with("/data/meta.properties: "));
}

TEST_CASE("a node that is killed anywhere in its first start serves at the next") {
  for (int steps = 0; steps < 400; steps += 13) {
    node_fixture f;
    {
      node_life interrupted(f.disk, f.entropy, f.options);
      for (int i = 0; i < steps; ++i) interrupted.step();
    }
    auto& next = f.start(steps % 2 == 0 ? sim::crash::kill : sim::crash::power);
    CHECK_MESSAGE(next.node.current_state() == state::serving, steps, ": ", next.node.why().message);
  }
}

TEST_CASE("a topic is answered for when it is on disk and served, not before") {
  node_fixture f("ack");
  auto& life = f.start();
  life.connect();
  wire::create_topics_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = "orders";
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  const auto syncs = f.disk.syncs();
  life.send(request, 4);
  while (life.out.empty() && life.step()) {
  }
  CHECK(f.disk.syncs() > syncs);
  CHECK(life.read_answer<wire::create_topics_request>(4).topics.at(0).error_code == error_code::none);
  CHECK(end_of(life, "orders") == offset(0));
}

TEST_CASE("a produce with acks=all is answered after its sync with fsync=ack, without one with fsync=os") {
  for (const std::string_view fsync : {"ack", "os"}) {
    node_fixture f(fsync);
    auto& life = f.start();
    life.connect();
    REQUIRE(create(life, "orders") == error_code::none);
    const auto syncs = f.disk.syncs();
    life.send(one_record(life.now), 3);
    CHECK(life.answer().empty());
    while (life.out.empty() && life.step()) {
    }
    CHECK((f.disk.syncs() > syncs) == (fsync == "ack"));
    const auto answer = life.read_answer<wire::produce_request>(3);
    CHECK(answer.responses.at(0).partition_responses.at(0).error_code == error_code::none);
    CHECK(end_of(life, "orders") == offset(1));
    auto& next = f.start(fsync == "ack" ? sim::crash::power : sim::crash::kill);
    next.connect();
    CHECK(end_of(next, "orders") == offset(1));
  }
}

TEST_CASE("a new data directory, and the parents made with it, survive a power cut") {
  node_fixture f("ack");
  f.options.data_directory = "/srv/klamm/data";
  const auto cluster = f.start().node.cluster_id();
  for (int i = 0; i < 5; ++i) {
    const auto& next = f.start(sim::crash::power).node;
    CHECK(next.current_state() == state::serving);
    CHECK(next.cluster_id() == cluster);
  }
}

TEST_CASE("a node that is stopped anywhere in its start stops without a failure, and serves at the next") {
  for (int steps = 0; steps < 120; ++steps) {
    node_fixture f("ack");
    {
      node_life interrupted(f.disk, f.entropy, f.options);
      for (int i = 0; i < steps; ++i) interrupted.step();
      interrupted.stop();
      REQUIRE_MESSAGE(interrupted.node.current_state() == state::stopped, steps, ": ",
                      interrupted.node.why().message);
    }
    auto& next = f.start(sim::crash::power);
    REQUIRE_MESSAGE(next.node.current_state() == state::serving, steps, ": ", next.node.why().message);
  }
}

TEST_CASE("a node that stops answers what it has taken when that is synced") {
  node_fixture f("ack");
  auto& life = f.start();
  life.connect();
  REQUIRE(create(life, "orders") == error_code::none);
  life.send(one_record(life.now), 3);
  CHECK(life.answer().empty());
  life.stop();
  CHECK(life.node.current_state() == state::stopped);
  const auto answer = life.read_answer<wire::produce_request>(3);
  CHECK(answer.responses.at(0).partition_responses.at(0).error_code == error_code::none);
}

TEST_CASE("a broker that is unregistered while it lives stays out until it is started again") {
  node_fixture f;
  auto* life = &f.start();
  life->connect();
  REQUIRE(create(*life, "orders") == error_code::none);
  const auto brokers = [&] { return life->call(wire::metadata_request(), 4).brokers.size(); };
  const auto offline = [&] {
    const auto said = life->call(wire::describe_topic_partitions_request(), 0);
    return said.topics.at(0).partitions.at(0).offline_replicas.size();
  };
  CHECK(brokers() == 1);
  CHECK(offline() == 0);
  wire::unregister_broker_request request;
  request.broker_id = node_id(1);
  CHECK(life->call(request, 0).error_code == error_code::none);
  for (int beats = 0; beats < 10; ++beats) {
    CHECK(brokers() == 0);
    life->pass(millis(2000));
  }
  CHECK(offline() == 1);
  CHECK(life->said.count(log_level::warning, "the controller does not know this broker any more") == 1);
  life->stop();
  life = &f.start();
  life->connect();
  CHECK(brokers() == 1);
}
