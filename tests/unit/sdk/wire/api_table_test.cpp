#include "wire/api_table.hpp"

#include <doctest/doctest.h>

#include "wire/messages/fetch.hpp"

using namespace klamm;
using namespace klamm::wire;

TEST_CASE("the table finds an API by key and by name, and knows that it does not know the others") {
  const auto* fetch = find_api(api_key::fetch);
  REQUIRE(fetch != nullptr);
  CHECK(fetch == find_api("Fetch"));
  CHECK(fetch->versions == fetch_request::versions);
  CHECK(fetch->served_on(on_broker));
  CHECK(fetch->served_on(on_controller));
  CHECK_FALSE(fetch->cluster_action);
  CHECK(find_api(api_key{4}) == nullptr);  // LeaderAndIsr, removed
  CHECK(find_api("LeaderAndIsr") == nullptr);
}

TEST_CASE("header versions follow the flexible versions, but for the answer to ApiVersions") {
  const auto* fetch = find_api(api_key::fetch);
  CHECK(fetch->request_header_version(11) == 1);
  CHECK(fetch->request_header_version(12) == 2);
  CHECK(fetch->response_header_version(11) == 0);
  CHECK(fetch->response_header_version(12) == 1);
  const auto* versions = find_api(api_key::api_versions);
  CHECK(versions->request_header_version(3) == 2);
  for (const api_version v : {0, 3, 5}) CHECK(versions->response_header_version(v) == 0);
  const auto* handshake = find_api(api_key::sasl_handshake);
  CHECK(handshake->request_header_version(1) == 1);
}

TEST_CASE("versions that are still being designed are above the latest stable one") {
  const auto* init = find_api(api_key::init_producer_id);
  CHECK(init->latest_stable == 5);
  CHECK(init->versions.max == 6);
  CHECK(find_api(api_key::vote)->cluster_action);
  CHECK_FALSE(find_api(api_key::vote)->served_on(on_broker));
  CHECK(find_api(api_key::create_topics)->forwardable);
}

TEST_CASE("keys rise, and no two APIs share one") {
  const auto apis = all_apis();
  CHECK(apis.size() == 91);
  for (std::size_t i = 1; i < apis.size(); ++i) CHECK(apis[i - 1].key < apis[i].key);
}
