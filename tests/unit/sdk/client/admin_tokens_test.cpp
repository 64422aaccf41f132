// Administration of delegation tokens: what is asked, what is told, and what is refused before it is asked.
#include <doctest/doctest.h>

#include "admin_script.hpp"
#include "wire/messages/api_versions.hpp"
#include "wire/messages/create_delegation_token.hpp"
#include "wire/messages/describe_delegation_token.hpp"
#include "wire/messages/expire_delegation_token.hpp"
#include "wire/messages/renew_delegation_token.hpp"

using namespace klamm;
using namespace klamm::client;
using test::admin_script;

namespace {

using names = std::vector<std::string>;
constexpr std::string_view secret = "secret", secret_in_base64 = "c2VjcmV0";

bytes_view bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text_of(bytes_view bytes) { return std::string(as_text(bytes)); }

wire::create_delegation_token_response token_of_alice() {
  wire::create_delegation_token_response out;
  out.principal_type = "User";
  out.principal_name = "alice";
  out.token_requester_principal_type = "User";
  out.token_requester_principal_name = "gateway";
  out.issue_timestamp_ms = timestamp(1);
  out.expiry_timestamp_ms = timestamp(2);
  out.max_timestamp_ms = timestamp(3);
  out.token_id = "id";
  out.hmac = bytes_of(secret);
  return out;
}

/// All brokers know no newer version of an API than this.
template <class Request>
void speak_no_newer(admin_script& f, std::int16_t version) {
  f.cluster.answer<wire::api_versions_request>([=](const auto&) {
    auto out = test::scripted_cluster::every_version();
    for (auto& api : out.api_keys)
      if (api.api_key == Request::api) api.max_version = version;
    return out;
  });
}

}  // namespace

TEST_CASE("a token is made for another owner, and told with its secret and its times") {
  admin_script f;
  f.move_controller();
  f.cluster.answer<wire::create_delegation_token_request>([&](const auto& request) {
    CHECK(f.cluster.asked_of != f.cluster.controller);
    CHECK(request.owner_principal_type == std::string_view("User"));
    CHECK(request.owner_principal_name == std::string_view("alice:of:colons"));
    REQUIRE(request.renewers.size() == 1);
    CHECK(request.renewers[0].principal_name == "bob");
    CHECK(request.max_lifetime_ms == millis(3'600'000));
    return token_of_alice();
  });
  const auto told = f.run(&administration::create_token,
                          admin::new_token{"User:alice:of:colons", {"User:bob"}, millis(3'600'000)});
  REQUIRE(told);
  CHECK(told->id == "id");
  CHECK(told->hmac == secret_in_base64);
  CHECK(told->owner == "User:alice");
  CHECK(told->requester == "User:gateway");
  CHECK(told->renewers == names{"User:bob"});
  CHECK(told->issued == timestamp(1));
  CHECK(told->expires == timestamp(2));
  CHECK(told->ends == timestamp(3));
}

TEST_CASE("before KIP-373 a token is its requester's own, and one for somebody else is not asked for") {
  admin_script f;
  speak_no_newer<wire::create_delegation_token_request>(f, 2);
  f.cluster.answer<wire::create_delegation_token_request>([](const auto& request) {
    CHECK(request.max_lifetime_ms == millis(-1));
    return token_of_alice();
  });
  CHECK(f.run(&administration::create_token, admin::new_token{"User:alice", {}, millis(-1)}).code() ==
        error_code::invalid_request);
  CHECK(f.cluster.asked(wire::create_delegation_token_request::api) == 0);
  CHECK(f.run(&administration::create_token, admin::new_token{})->requester == "User:alice");
}

TEST_CASE("why the cluster makes no token is told") {
  admin_script f;
  f.cluster.answer<wire::create_delegation_token_request>([](const auto&) {
    wire::create_delegation_token_response out;
    out.error_code = error_code::delegation_token_auth_disabled;
    return out;
  });
  CHECK(f.run(&administration::create_token, admin::new_token{}).code() ==
        error_code::delegation_token_auth_disabled);
}

TEST_CASE("a token is renewed by its secret, for a time or for the brokers' default") {
  admin_script f;
  std::vector<millis> periods;
  f.cluster.answer<wire::renew_delegation_token_request>([&](const auto& request) {
    CHECK(text_of(request.hmac) == secret);
    periods.push_back(request.renew_period_ms);
    wire::renew_delegation_token_response out;
    out.expiry_timestamp_ms = timestamp(7);
    if (periods.size() == 2) out.error_code = error_code::delegation_token_expired;
    return out;
  });
  const std::string hmac(secret_in_base64);
  CHECK(*f.run(&administration::renew_token, hmac, millis(60'000)) == timestamp(7));
  CHECK(f.run(&administration::renew_token, hmac, millis(-1)).code() == error_code::delegation_token_expired);
  CHECK(periods == std::vector{millis(60'000), millis(-1)});
}

TEST_CASE("a token ends when it is told to, and one that is not there is not ended") {
  admin_script f;
  bool there = true;
  f.cluster.answer<wire::expire_delegation_token_request>([&](const auto& request) {
    CHECK(text_of(request.hmac) == secret);
    CHECK(request.expiry_time_period_ms == millis(-1));
    wire::expire_delegation_token_response out;
    out.expiry_timestamp_ms = timestamp(7);
    if (!std::exchange(there, false)) out.error_code = error_code::delegation_token_not_found;
    return out;
  });
  const std::string hmac(secret_in_base64);
  CHECK(*f.run(&administration::expire_token, hmac, millis(-1)) == timestamp(7));
  CHECK(f.run(&administration::expire_token, hmac, millis(-1)).code() ==
        error_code::delegation_token_not_found);
}

TEST_CASE("tokens of all owners are asked for by none") {
  admin_script f;
  f.cluster.answer<wire::describe_delegation_token_request>([](const auto& request) {
    CHECK_FALSE(request.owners);
    wire::describe_delegation_token_response out;
    auto& token = out.tokens.emplace_back();
    token.principal_type = token.token_requester_principal_type = "User";
    token.principal_name = token.token_requester_principal_name = "alice";
    token.token_id = "id";
    token.hmac = bytes_of(secret);
    token.issue_timestamp = timestamp(1);
    token.expiry_timestamp = timestamp(2);
    token.max_timestamp = timestamp(3);
    token.renewers.push_back({"User", "bob", {}});
    return out;
  });
  const auto told = f.run(&administration::describe_tokens, names());
  REQUIRE(told);
  REQUIRE(told->size() == 1);
  CHECK(told->at(0).hmac == secret_in_base64);
  CHECK(told->at(0).renewers == names{"User:bob"});
  CHECK(told->at(0).expires == timestamp(2));
  CHECK(told->at(0).ends == timestamp(3));
}

TEST_CASE("tokens of some owners, of which nobody has one") {
  admin_script f;
  f.cluster.answer<wire::describe_delegation_token_request>([](const auto& request) {
    REQUIRE(request.owners);
    REQUIRE(request.owners->size() == 2);
    CHECK(request.owners->at(1).principal_type == "User");
    CHECK(request.owners->at(1).principal_name == "bob");
    return wire::describe_delegation_token_response();
  });
  const auto told = f.run(&administration::describe_tokens, names{"User:alice", "User:bob"});
  REQUIRE(told);
  CHECK(told->empty());
}

TEST_CASE("what cannot be a principal or a secret is asked of nobody") {
  admin_script f;
  for (const auto* name : {"alice", ":alice", "User:", ""}) {
    CHECK(f.run(&administration::describe_tokens, names{name}).code() == error_code::invalid_principal_type);
    CHECK(f.run(&administration::create_token, admin::new_token{"", {name}, millis(-1)}).code() ==
          error_code::invalid_principal_type);
  }
  for (const auto* hmac : {"", "%%%%", "c2VjcmV"}) {
    CHECK(f.run(&administration::renew_token, std::string(hmac), millis(-1)).code() ==
          error_code::invalid_request);
    CHECK(f.run(&administration::expire_token, std::string(hmac), millis(-1)).code() ==
          error_code::invalid_request);
  }
}
