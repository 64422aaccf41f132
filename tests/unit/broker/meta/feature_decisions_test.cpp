#include "broker/meta/feature_decisions.hpp"

#include <doctest/doctest.h>

#include "tests/unit/broker/meta/meta_cluster.hpp"

using namespace klamm;
using namespace klamm::broker::meta;

namespace {

constexpr std::int8_t upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3;

error_code update(meta_cluster& c, std::string_view feature, std::int16_t level, std::int8_t type,
                  bool validate_only = false) {
  wire::update_features_request request;
  request.validate_only = validate_only;
  auto& wanted = request.feature_updates.emplace_back();
  wanted.feature = feature;
  wanted.max_version_level = level;
  wanted.upgrade_type = type;
  const auto answer = c.ask<wire::update_features_response>(request, &controller::update_features);
  c.commit();
  return (*answer)->error_code;
}

const config_resource every_broker{resource_type::broker, ""};

}  // namespace

TEST_CASE("a new cluster begins with what this version does, and with one minimum of the ISR for all") {
  meta_cluster c;
  CHECK(c.state().feature_level(metadata_version) == 30);
  CHECK(c.state().feature_level(eligible_leaders_version) == 1);
  CHECK(c.state().overrides(every_broker).at("min.insync.replicas") == "1");
}

TEST_CASE("a feature goes down on purpose only, and up again") {
  meta_cluster c(1);
  CHECK(update(c, eligible_leaders_version, 0, upgrade) == error_code::invalid_update_version);
  CHECK(update(c, eligible_leaders_version, 0, safe_downgrade, true) == error_code::none);
  CHECK(c.state().feature_level(eligible_leaders_version) == 1);
  CHECK(update(c, eligible_leaders_version, 0, safe_downgrade) == error_code::none);
  CHECK(c.state().feature_level(eligible_leaders_version) == 0);
  CHECK(update(c, eligible_leaders_version, 1, safe_downgrade) == error_code::invalid_update_version);
  CHECK(update(c, eligible_leaders_version, 1, upgrade) == error_code::none);
  CHECK(c.state().feature_level(eligible_leaders_version) == 1);
}

TEST_CASE("what not every broker does is not finalized") {
  meta_cluster c(1);
  CHECK(update(c, eligible_leaders_version, 0, safe_downgrade) == error_code::none);
  auto old = c.registration(2);
  old.features.pop_back();
  CHECK(c.register_with(old).error_code == error_code::none);
  CHECK(update(c, eligible_leaders_version, 1, upgrade) == error_code::invalid_update_version);
  CHECK(update(c, metadata_version, 31, upgrade) == error_code::invalid_update_version);
  CHECK(update(c, metadata_version, 29, safe_downgrade) == error_code::invalid_update_version);
  CHECK(update(c, metadata_version, 29, unsafe_downgrade) == error_code::invalid_update_version);
  CHECK(update(c, "no.such.version", 1, upgrade) == error_code::invalid_update_version);
  CHECK(update(c, metadata_version, 30, 9) == error_code::invalid_update_version);
}

TEST_CASE(
    "what not every controller does is not finalized; a controller that does too little does not register") {
  meta_cluster c;
  wire::controller_registration_request request;
  request.controller_id = node_id(200);
  request.listeners.emplace_back().name = "CONTROLLER";
  const auto registered = [&] {
    const auto answer =
        c.ask<wire::controller_registration_response>(request, &controller::register_controller);
    c.commit();
    return (*answer)->error_code;
  };
  CHECK(registered() == error_code::unsupported_version);
  REQUIRE(update(c, eligible_leaders_version, 0, safe_downgrade) == error_code::none);
  request.features.push_back({metadata_version, 7, 30});
  CHECK(registered() == error_code::none);
  CHECK(c.state().cluster->controllers.at(node_id(200)).endpoints.at(0).name == "CONTROLLER");
  CHECK(update(c, eligible_leaders_version, 1, upgrade) == error_code::invalid_update_version);
}

TEST_CASE("without eligible leaders the last in-sync replica keeps its place") {
  meta_cluster c(1);
  REQUIRE(update(c, eligible_leaders_version, 0, safe_downgrade) == error_code::none);
  c.create("orders", {{1}});
  c.lose({1});
  CHECK(c.partition("orders").isr == ids({1}));
  CHECK(c.partition("orders").leader == no_leader);
  c.beat(1);
  CHECK(c.partition("orders").leader == node_id(1));
}
