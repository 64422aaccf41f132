// Hard part 19 (KIP-1242): who the client says that it dials, on each of its connections.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "consumer_script.hpp"
#include "wire/messages/join_group.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

/// Which broker was dialled, and as whom.
struct greeting {
  node_id at;
  std::optional<std::string> cluster;
  node_id node;
  bool operator==(const greeting&) const = default;
};
const greeting seed{node_id(1), {}, node_id(-1)};
greeting itself(std::int32_t node) { return {node_id(node), "scripted", node_id(node)}; }

/// A member of a group that the second broker coordinates.
struct identity_script : consumer_script {
  std::vector<greeting> greetings;

  identity_script() : consumer_script(consuming("g")) {
    cluster.brokers = 2;
    cluster.answer<wire::api_versions_request>([this](const wire::api_versions_request& asked) {
      greetings.push_back({cluster.asked_of,
                           asked.cluster_id ? std::optional(std::string(*asked.cluster_id)) : std::nullopt,
                           asked.node_id});
      return test::scripted_cluster::every_version();
    });
    cluster.answer<wire::find_coordinator_request>([](const wire::find_coordinator_request& asked) {
      wire::find_coordinator_response out;
      for (const auto key : asked.coordinator_keys) {
        auto& found = out.coordinators.emplace_back();
        found.key = key, found.node_id = node_id(2), found.host = "broker", found.port = 9093;
      }
      return out;
    });
    cluster.hold<wire::join_group_request>();
  }
};

}  // namespace

TEST_CASE("a bootstrap server is dialled as nobody; a broker as itself, also where it coordinates") {
  identity_script f;
  f.cluster.core.want_topic("a", f.cluster.now, f.cluster.out);
  f.cluster.settle();
  CHECK(f.greetings == std::vector{seed});
  f.greetings.clear();

  f.cluster.core.subscribe({.topics = {"a"}}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.cluster.asked(wire::join_group_request::api) == 1);
  CHECK(f.greetings == std::vector{itself(2)});
  f.greetings.clear();

  f.cluster.core.subscribe({}, f.cluster.now, f.cluster.out);
  f.assign({a0, a1});
  CHECK(f.fetches().size() == 2);
  CHECK(std::ranges::count(f.greetings, itself(1)) > 0);
  CHECK(std::ranges::count(f.greetings, itself(2)) > 0);
  for (const auto& g : f.greetings) CHECK(g == itself(g.at.value));
}

TEST_CASE("who starts again from the bootstrap servers dials them as nobody, though the cluster is known") {
  identity_script f;
  f.assign({a0, a1});
  f.greetings.clear();
  f.cluster.answer<wire::metadata_request>([](const auto&) {
    wire::metadata_response out;
    out.error_code = error_code::rebootstrap_required;
    return out;
  });
  f.cluster.core.want_topic("b", f.cluster.now, f.cluster.out);
  f.cluster.pass(second);
  REQUIRE(!f.greetings.empty());
  CHECK(f.greetings[0] == seed);
}
