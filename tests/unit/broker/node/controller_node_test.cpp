// A node that is a controller alone: its directory, what it answers on its one listener, how it comes and goes.
#include <algorithm>

#include <doctest/doctest.h>

#include "node_life.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/describe_configs.hpp"
#include "wire/messages/metadata.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::node::test;

namespace {

/// Its quorum's only voter.
struct controller_fixture : node_fixture {
  controller_fixture() {
    options.is_broker = false;
    options.controller_listener = link::listener_id(0);
    options.controllers = {{node_id(1), {}, "CONTROLLER", "localhost", 9093}};
    options.new_cluster_id = "one";
  }
};

bool closed(const node_life& at) {
  return std::ranges::any_of(
      at.out, [](const auto& effect) { return std::holds_alternative<link::effect::close>(effect); });
}

}  // namespace

TEST_CASE("a controller alone serves when it leads, and keeps no data but its name and the metadata") {
  controller_fixture f;
  auto& life = f.start();
  CHECK(life.node.current_state() == state::serving);
  CHECK(life.node.quorum()->leading());
  CHECK(life.node.data() == nullptr);
  const auto files = f.disk.files();
  const auto is_its_own = [](const std::string& file) {
    return file == "/data/meta.properties" || file.starts_with("/data/__cluster_metadata-0/");
  };
  CHECK(std::ranges::all_of(files, is_its_own));
  CHECK(f.disk.content("/data/meta.properties"));
  life.stop();
  CHECK(life.node.current_state() == state::stopped);
}

TEST_CASE("a controller alone offers what controllers serve, and a client that asks for more is cut off") {
  controller_fixture f;
  auto& life = f.start();
  life.connect();
  const auto versions = life.call(wire::api_versions_request(), 0);
  const auto offers = [&](wire::api_key key) {
    return std::ranges::any_of(versions.api_keys, [&](const auto& one) { return one.api_key == key; });
  };
  CHECK(offers(wire::api_key::fetch));
  CHECK(offers(wire::api_key::create_topics));
  CHECK(offers(wire::api_key::describe_cluster));
  CHECK(offers(wire::api_key::broker_registration));
  CHECK(!offers(wire::api_key::metadata));
  CHECK(!offers(wire::api_key::produce));
  CHECK(!offers(wire::api_key::join_group));
  // A topic it could make, were there a broker to keep it.
  CHECK(create(life, "orders") == error_code::invalid_replication_factor);
  CHECK(!closed(life));
  life.send(wire::metadata_request(), 4);
  CHECK(closed(life));
}

TEST_CASE("a controller alone tells its own configuration, and no other's") {
  controller_fixture f;
  auto& life = f.start();
  life.connect();
  wire::describe_configs_request request;
  for (const auto* const name : {"1", "2"}) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 4;  // a broker, or what goes by such a number
    resource.resource_name = name;
    resource.configuration_keys.emplace() = {"offsets.topic.num.partitions"};
  }
  const auto said = life.call(request, 4);
  REQUIRE(said.results.size() == 2);
  CHECK(said.results[0].error_code == error_code::none);
  CHECK(said.results[0].configs.at(0).value == "3");
  CHECK(said.results[1].error_code == error_code::invalid_request);
}

TEST_CASE("a controller alone is the same cluster's after a stop, a kill and a power cut") {
  controller_fixture f;
  const auto cluster = f.start().node.cluster_id();
  CHECK(cluster == "one");
  for (const auto how : {sim::crash::kill, sim::crash::power}) {
    auto& next = f.start(how);
    CHECK(next.node.current_state() == state::serving);
    CHECK(next.node.cluster_id() == cluster);
    next.stop();
  }
  f.options.configs["node.id"] = "7";
  CHECK(f.start().node.why().message ==
        "/data belongs to node 1, not 7: use another directory, or that node id");
}

TEST_CASE("a controller alone may keep its metadata in a directory of its own") {
  controller_fixture f;
  f.options.metadata_directory = "/srv/metadata";
  CHECK(f.start().node.current_state() == state::serving);
  CHECK(f.disk.content("/srv/metadata/__cluster_metadata-0/quorum-state"));
  CHECK(f.disk.content("/srv/metadata/meta.properties"));
  CHECK(f.start(sim::crash::power).node.current_state() == state::serving);
}

TEST_CASE("a controller alone that is stopped or killed anywhere in its start serves at the next") {
  for (int steps = 0; steps < 60; ++steps) {
    controller_fixture f;
    {
      node_life interrupted(f.disk, f.entropy, f.options);
      for (int i = 0; i < steps; ++i) interrupted.step();
      if (steps % 2 == 0) {
        interrupted.stop();
        REQUIRE_MESSAGE(interrupted.node.current_state() == state::stopped, steps, ": ",
                        interrupted.node.why().message);
      }
    }
    auto& next = f.start(steps % 4 < 2 ? sim::crash::kill : sim::crash::power);
    CHECK_MESSAGE(next.node.current_state() == state::serving, steps, ": ", next.node.why().message);
  }
}

TEST_CASE("a first controller makes its directory the one that the list says, and keeps it") {
  controller_fixture f;
  const auto listed = *parse_uuid("AAAAAAAAAAAAAAAAAAABAQ"), other = *parse_uuid("AAAAAAAAAAAAAAAAAAACAg");
  f.options.controllers.clear();
  f.options.initial_controllers = {{node_id(1), listed, "CONTROLLER", "localhost", 9093}};
  SUBCASE("with its data") {}
  SUBCASE("with metadata apart") { f.options.metadata_directory = "/srv/metadata"; }
  SUBCASE("as a broker too") {
    f.options.is_broker = true;
    f.options.controller_listener = link::listener_id(1);
  }
  for (int i = 0; i < 3; ++i) {
    const auto& node = f.start(sim::crash::power).node;
    REQUIRE_MESSAGE(node.current_state() == state::serving, node.why().message);
    CHECK(node.quorum()->kraft_version() == 1);
    CHECK(node.quorum()->self() == raft::replica_key{node_id(1), listed});
    CHECK(node.quorum()->leading());
    // What the list says counts for a new directory alone.
    f.options.initial_controllers = {{node_id(1), other, "CONTROLLER", "localhost", 9093}};
  }
}

TEST_CASE("a directory that is another than the list says does not begin a quorum") {
  controller_fixture f;
  const auto listed = *parse_uuid("AAAAAAAAAAAAAAAAAAABAQ");
  f.options.controllers.clear();
  f.options.cluster_id = "one";
  f.disk.put("/data/meta.properties", [] {
    const auto text =
        as_bytes_view("version=1\ncluster.id=one\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAACAg\n");
    return std::vector<std::byte>(text.begin(), text.end());
  }());
  f.options.initial_controllers = {{node_id(1), listed, "CONTROLLER", "localhost", 9093}};
  const auto& refused = f.start().node;
  CHECK(refused.current_state() == state::failed);
  CHECK(refused.why().message.find("/data/__cluster_metadata-0 is to begin with the voter 1 (directory "
                                   "AAAAAAAAAAAAAAAAAAABAQ)") != std::string::npos);
}
