// UpdateFeatures at a controller: the quorum keeps kraft.version, the controller everything else.
#include <doctest/doctest.h>

#include "broker/api/controller/handlers.hpp"
#include "tests/unit/broker/meta/meta_cluster.hpp"
#include "tests/unit/broker/raft/changing_leader.hpp"

using namespace klamm;
using namespace klamm::broker;

namespace {

struct features_fixture {
  features_fixture() { leader.commit(); }

  /// Asks, and keeps nothing of the request but what the handler keeps.
  std::shared_ptr<std::optional<wire::update_features_response>> ask(std::string_view feature,
                                                                     std::int16_t level) {
    auto place = std::make_shared<std::optional<wire::update_features_response>>();
    wire::update_features_request request;
    for (const auto& [name, to] :
         {std::pair(meta::kraft_version, std::int16_t{1}), std::pair(feature, level)}) {
      auto& update = request.feature_updates.emplace_back();
      update.feature = name;
      update.max_version_level = to;
      update.upgrade_type = 2;  // a safe downgrade, or what is already so
    }
    controller_api::update_features(
        request, {}, services,
        api::reply<wire::update_features_response>([place](const auto& said) { *place = said; }));
    return place;
  }

  raft::test::changing_leader leader;
  meta::meta_cluster cluster{1};
  raft::identity own;
  meta::config_map configs;
  controller_api::services services{
      own, leader.m.now, *leader.m.voter, cluster.machine, [] { return meta::image_ptr(); }, configs};
};

}  // namespace

TEST_CASE(
    "features beside the quorum's own are decided from the request, though it waits for the controller") {
  features_fixture f;
  const auto committed = f.cluster.state();
  f.cluster.machine.resign();
  const auto answer = f.ask(meta::eligible_leaders_version, 0);
  CHECK(!*answer);
  f.cluster.machine.activate(committed);
  f.cluster.commit();
  REQUIRE(*answer);
  CHECK((*answer)->error_code == error_code::none);
  REQUIRE((*answer)->results.size() == 2);
  CHECK((*answer)->results[0].feature == meta::eligible_leaders_version);
  CHECK((*answer)->results[1].feature == meta::kraft_version);
  CHECK(f.cluster.state().feature_level(meta::eligible_leaders_version) == 0);
}

TEST_CASE("where the controller refuses the other features, the quorum's is not said to be upgraded") {
  features_fixture f;
  const auto answer = f.ask(meta::eligible_leaders_version, 99);
  REQUIRE(*answer);
  CHECK((*answer)->error_code == error_code::invalid_update_version);
  CHECK((*answer)->results.empty());
}
