// A cluster in one process, over directories that it has left before.
#include "broker/server/node_cluster.hpp"

#include <filesystem>
#include <stdexcept>
#include <stop_token>
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/broker/server/temporary_directory.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::server;

namespace {

ClusterOptions nodes_in(const std::string& directory, int nodes) {
  return {.nodes = nodes, .port = 0, .data_directory = directory};
}

/// Starts and stops them; gives the cluster's id, or why they do not start.
std::string live(const std::string& directory, int nodes) try {
  const node_cluster all(nodes_in(directory, nodes), silent_log());
  return all.cluster_id();
} catch (const std::runtime_error& why) {
  return why.what();
}

}  // namespace

TEST_CASE("a cluster that is given up while it starts leaves, and its directory is good for the next start") {
  const klamm::test::temporary_directory place;
  std::stop_source asked;
  asked.request_stop();
  const auto give_up = [&] {
    const node_cluster all(nodes_in(place.path(), 3), silent_log(), nullptr, nullptr, asked.get_token());
  };
  CHECK_THROWS_AS(give_up(), never_served);
  CHECK(live(place.path(), 3).find(' ') == std::string::npos);
}

TEST_CASE("a directory of a cluster is not started with more nodes or fewer: they would be another cluster") {
  const klamm::test::temporary_directory place;
  const auto id = live(place.path(), 3);
  for (const int nodes : {1, 2, 5}) {
    CAPTURE(nodes);
    const auto why = live(place.path(), nodes);
    CHECK(why.find("has a cluster of 3 nodes") != std::string::npos);
    CHECK(why.find(std::to_string(nodes) + " are asked for") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(place.path() + "/node-4"));
  SUBCASE("as many as before start again") {}
  SUBCASE("so they do after an update from a version that did not note it") {
    std::filesystem::remove(place.path() + "/nodes");
    CHECK(live(place.path(), 2).find("has a cluster of 3 nodes") != std::string::npos);
  }
  SUBCASE("a node whose directory is lost comes back into the same cluster") {
    std::filesystem::remove_all(place.path() + "/node-3");
  }
  CHECK(live(place.path(), 3) == id);
}
