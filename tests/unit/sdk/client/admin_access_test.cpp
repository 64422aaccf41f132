// Administration at the controller: access (SCRAM credentials, quotas, ACLs), features and partitions.
#include <doctest/doctest.h>

#include "admin_script.hpp"
#include "wire/messages/alter_client_quotas.hpp"
#include "wire/messages/alter_user_scram_credentials.hpp"
#include "wire/messages/create_acls.hpp"
#include "wire/messages/create_partitions.hpp"
#include "wire/messages/delete_acls.hpp"
#include "wire/messages/describe_acls.hpp"
#include "wire/messages/describe_client_quotas.hpp"
#include "wire/messages/describe_user_scram_credentials.hpp"
#include "wire/messages/update_features.hpp"

using namespace klamm;
using namespace klamm::client;
using test::admin_script;

namespace {

using names = std::vector<std::string>;

wire::describe_user_scram_credentials_response credentials_of_bob() {
  wire::describe_user_scram_credentials_response out;
  auto& bob = out.results.emplace_back();
  bob.user = "bob";
  bob.credential_infos.push_back({2, 8192, {}});
  return out;
}

}  // namespace

TEST_CASE("credentials of all users are asked for by none, and told by the users that the broker names") {
  admin_script f;
  f.cluster.answer<wire::describe_user_scram_credentials_request>([](const auto& request) {
    CHECK_FALSE(request.users);
    return credentials_of_bob();
  });
  const auto told = f.run(&administration::describe_scram, names());
  REQUIRE(told);
  REQUIRE(told->size() == 1);
  CHECK(told->at(0).second->at(0).mechanism == 2);
  CHECK(told->at(0).second->at(0).iterations == 8192);
}

TEST_CASE("credentials of some users are told in the order asked, and who has none is told so") {
  admin_script f;
  f.cluster.answer<wire::describe_user_scram_credentials_request>([](const auto& request) {
    CHECK(request.users->size() == 3);
    auto out = credentials_of_bob();
    auto& none = out.results.emplace_back();
    none.user = "carol";
    none.error_code = error_code::resource_not_found;
    return out;
  });
  const auto told = f.run(&administration::describe_scram, names{"carol", "dave", "bob"});
  REQUIRE(told);
  CHECK((*told)[0].second.code() == error_code::resource_not_found);
  CHECK((*told)[1].second.code() == error_code::malformed_response);
  CHECK((*told)[2].second);
}

TEST_CASE(
    "changes of credentials have one outcome a user, and go to the next controller where one resigned") {
  admin_script f;
  f.move_controller();
  f.cluster.answer<wire::alter_user_scram_credentials_request>([&](const auto& request) {
    CHECK(f.cluster.asked_of == f.cluster.controller);
    CHECK(request.deletions.size() == 1);
    CHECK(request.upsertions.at(0).salt.size() == 4);
    CHECK(request.upsertions.at(0).salted_password.size() == 2);
    const bool first = f.cluster.asked(wire::alter_user_scram_credentials_request::api) == 1;
    wire::alter_user_scram_credentials_response out;
    out.results.push_back({"bob", first ? error_code::not_controller : error_code::none, std::nullopt, {}});
    out.results.push_back({"carol", error_code::unacceptable_credential, "too few iterations", {}});
    return out;
  });
  const auto told = f.run(&administration::alter_scram,
                          std::vector<admin::scram_change>{{"carol", 1, false, 8, "salt", "pw"},
                                                           {"bob", 2, true, 0, "", ""},
                                                           {"carol", 2, false, 8, "salt", "pw"}});
  REQUIRE(told);
  CHECK(f.cluster.asked(wire::alter_user_scram_credentials_request::api) == 2);
  REQUIRE(told->size() == 2);
  CHECK((*told)[0].first == "carol");
  CHECK((*told)[0].second.failure().message == "UNACCEPTABLE_CREDENTIAL (too few iterations)");
  CHECK((*told)[1].second);
}

TEST_CASE("credentials are told when the broker has answered, without anything more happening") {
  admin_script f;
  f.cluster.answer<wire::describe_user_scram_credentials_request>(
      [](const auto&) { return credentials_of_bob(); });
  bool told = false;
  f.cluster.core.administer(
      &administration::describe_scram, test::patience,
      [&](result<per_item<std::string, std::vector<admin::scram_credential>>> came) {
        told = came.has_value();
      },
      f.cluster.now, f.cluster.out, names{"bob"});
  f.cluster.settle();
  CHECK(told);
}

TEST_CASE("a user of whom a credential could not be made keeps all others, and nothing is sent for it") {
  admin_script f;
  f.cluster.answer<wire::alter_user_scram_credentials_request>([](const auto& request) {
    REQUIRE(request.upsertions.size() == 1);
    CHECK(request.upsertions[0].name == "bob");
    CHECK(request.deletions.empty());
    wire::alter_user_scram_credentials_response out;
    out.results.push_back({"bob", error_code::none, std::nullopt, {}});
    return out;
  });
  admin::scram_change none{"carol", 1, false, 0, "", ""};
  none.unacceptable = error(error_code::unacceptable_credential, "0 iterations");
  const auto told = f.run(&administration::alter_scram,
                          std::vector<admin::scram_change>{
                              {"carol", 2, true, 0, "", ""}, none, {"bob", 1, false, 8, "salt", "pw"}});
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  CHECK((*told)[0].second.failure().message == "0 iterations");
  CHECK((*told)[1].second);
  CHECK_FALSE(f.run(&administration::alter_scram, std::vector{none})->at(0).second);
  CHECK(f.cluster.asked(wire::alter_user_scram_credentials_request::api) == 1);
}

TEST_CASE("quotas are asked for by what their entities are, the default by no name") {
  admin_script f;
  f.cluster.answer<wire::describe_client_quotas_request>([](const auto& request) {
    CHECK(request.strict);
    CHECK(request.components.at(0).match == std::string_view("bob"));
    CHECK_FALSE(request.components.at(1).match);
    CHECK(request.components.at(1).match_type == 1);
    wire::describe_client_quotas_response out;
    auto& entry = out.entries.emplace().emplace_back();
    entry.entity.push_back({"user", "bob", {}});
    entry.entity.push_back({"client-id", std::nullopt, {}});
    entry.values.push_back({"producer_byte_rate", 1024.5, {}});
    return out;
  });
  using match = admin::quota_match;
  const auto told =
      f.run(&administration::describe_quotas,
            std::vector<match>{{"user", match::exact, "bob"}, {"client-id", match::of_default, ""}}, true);
  REQUIRE(told);
  CHECK(told->at(0).entity == admin::quota_entity{{"client-id", std::nullopt}, {"user", "bob"}});
  CHECK(told->at(0).values.at("producer_byte_rate") == 1024.5);
}

TEST_CASE("each entity's change of quotas has its outcome, whatever the order of the answer") {
  admin_script f;
  f.move_controller();
  f.cluster.answer<wire::alter_client_quotas_request>([&](const auto& request) {
    CHECK(f.cluster.asked_of == f.cluster.controller);
    CHECK(request.entries.at(0).ops.at(0).value == 5);
    CHECK(request.entries.at(1).ops.at(0).remove);
    wire::alter_client_quotas_response out;
    out.entries.push_back({error_code::invalid_request, "no", {{"ip", std::nullopt, {}}}, {}});
    out.entries.push_back({error_code::none, std::nullopt, {{"user", "bob", {}}}, {}});
    return out;
  });
  const auto told = f.run(&administration::alter_quotas,
                          std::vector<admin::quota_change>{{{{"user", "bob"}}, {{"request_percentage", 5}}},
                                                           {{{"ip", std::nullopt}}, {{"x", std::nullopt}}}},
                          false);
  REQUIRE(told);
  CHECK((*told)[0].second);
  CHECK((*told)[1].second.code() == error_code::invalid_request);
}

namespace {
const admin::acl may_read{2, "orders", 3, "User:bob", "*", 3, 3},
    may_write{2, "orders", 3, "User:bob", "*", 4, 3};
}  // namespace

TEST_CASE("ACLs are told each with its resource, and why there are none") {
  admin_script f;
  bool secure = true;
  f.cluster.answer<wire::describe_acls_request>([&](const auto& request) {
    CHECK_FALSE(request.resource_name_filter);
    CHECK(request.principal_filter == std::string_view("User:bob"));
    wire::describe_acls_response out;
    if (!secure) return out.error_code = error_code::security_disabled, out;
    auto& resource = out.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = "orders";
    resource.acls.push_back({"User:bob", "*", 3, 3, {}});
    resource.acls.push_back({"User:bob", "*", 4, 3, {}});
    return out;
  });
  const admin::acl_filter of_bob{1, std::nullopt, 1, "User:bob", std::nullopt, 1, 1};
  const auto told = f.run(&administration::describe_acls, of_bob);
  REQUIRE(told);
  CHECK(*told == std::vector{may_read, may_write});
  secure = false;
  CHECK(f.run(&administration::describe_acls, of_bob).code() == error_code::security_disabled);
}

TEST_CASE("ACLs that are added have outcomes by their places, one that is left out too") {
  admin_script f;
  f.move_controller();
  f.cluster.answer<wire::create_acls_request>([&](const auto& request) {
    CHECK(f.cluster.asked_of == f.cluster.controller);
    CHECK(request.creations.size() == 2);
    const bool first = f.cluster.asked(wire::create_acls_request::api) == 1;
    wire::create_acls_response out;
    out.results.push_back(
        {first ? error_code::not_controller : error_code::invalid_request, "no such principal", {}});
    return out;
  });
  const auto told = f.run(&administration::create_acls, std::vector{may_read, may_write});
  REQUIRE(told);
  CHECK(f.cluster.asked(wire::create_acls_request::api) == 2);
  CHECK((*told)[0].second.code() == error_code::invalid_request);
  CHECK((*told)[1].second.code() == error_code::malformed_response);
}

TEST_CASE("a filter tells which ACLs it deleted, or of one that it could not") {
  admin_script f;
  f.move_controller();
  f.cluster.answer<wire::delete_acls_request>([&](const auto& request) {
    CHECK(f.cluster.asked_of == f.cluster.controller);
    wire::delete_acls_response out;
    for (const auto& filter : request.filters) {
      auto& acls = out.filter_results.emplace_back().matching_acls;
      for (int i = 0; i < 2; ++i) {
        acls.push_back({error_code::none,
                        std::nullopt,
                        2,
                        "orders",
                        3,
                        "User:bob",
                        "*",
                        static_cast<std::int8_t>(3 + i),
                        3,
                        {}});
        if (filter.operation == 4 && i == 1) acls.back().error_code = error_code::unknown_server_error;
      }
    }
    return out;
  });
  admin::acl_filter one, other;
  other.operation = 4;
  const auto told = f.run(&administration::delete_acls, std::vector{one, other});
  REQUIRE(told);
  REQUIRE((*told)[0].second);
  CHECK(*(*told)[0].second == std::vector{may_read, may_write});
  CHECK((*told)[1].second.code() == error_code::unknown_server_error);
}

TEST_CASE("features are changed together: each fails with the whole where the controller tells no more") {
  admin_script f;
  f.move_controller();
  f.cluster.answer<wire::update_features_request>([&](const auto& request) {
    CHECK(f.cluster.asked_of == f.cluster.controller);
    CHECK(request.feature_updates.at(1).upgrade_type == 2);
    wire::update_features_response out;
    out.error_code = error_code::invalid_update_version;
    out.error_message = "no broker supports 9";
    return out;
  });
  const auto told =
      f.run(&administration::update_features,
            std::vector<admin::feature_update>{{"group.version", 9},
                                               {"share.version", 0, admin::upgrade_type::safe_downgrade}},
            false);
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  for (const auto& [name, outcome] : *told)
    CHECK(outcome.failure().message == "INVALID_UPDATE_VERSION (no broker supports 9)");
}

TEST_CASE("a feature that an old controller leaves out of a success was not changed") {
  admin_script f;
  f.cluster.answer<wire::api_versions_request>([](const auto&) {
    auto out = test::scripted_cluster::every_version();
    for (auto& api : out.api_keys)
      if (api.api_key == wire::update_features_request::api) api.max_version = 1;
    return out;
  });
  f.cluster.answer<wire::update_features_request>([](const auto&) {
    wire::update_features_response out;
    out.results.push_back({"group.version", error_code::none, std::nullopt, {}});
    return out;
  });
  const auto told =
      f.run(&administration::update_features,
            std::vector<admin::feature_update>{{"group.version", 1}, {"share.version", 1}}, false);
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  CHECK((*told)[0].second);
  CHECK((*told)[1].second.code() == error_code::malformed_response);
}

TEST_CASE(
    "partitions are added to each topic that may have more, where the controller likes or where it is told") {
  admin_script f;
  f.move_controller();
  f.cluster.answer<wire::create_partitions_request>([&](const auto& request) {
    CHECK(f.cluster.asked_of == f.cluster.controller);
    CHECK(request.topics.at(0).count == 5);
    CHECK_FALSE(request.topics.at(0).assignments);
    CHECK(request.topics.at(1).assignments->at(0).broker_ids == std::vector{node_id(2), node_id(1)});
    wire::create_partitions_response out;
    out.results.push_back({"b", error_code::invalid_partitions, "it has 5", {}});
    out.results.push_back({"a", error_code::none, std::nullopt, {}});
    return out;
  });
  const auto told =
      f.run(&administration::create_partitions,
            std::vector<admin::more_partitions>{{"a", 5, {}}, {"b", 2, {{node_id(2), node_id(1)}}}}, false);
  REQUIRE(told);
  CHECK((*told)[0].second);
  CHECK((*told)[1].second.code() == error_code::invalid_partitions);
}
