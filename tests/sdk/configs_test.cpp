// Configurations through the admin client.
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/sdk/filled_topic.hpp"

namespace klamm::test {
namespace {

const ConfigResource orders{ConfigResource::topic, "orders"};

ConfigValue value_of(Admin& admin, const ConfigResource& of, std::string_view name) {
  const auto all = admin.describe_configs({of})[of].value();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE("a configuration is described, changed key by key, and taken back to its default") {
  testing::Cluster cluster(3);
  cluster.create_topic({.name = "orders", .partitions = 1, .configs = {{"cleanup.policy", "delete"}}});
  Admin admin(cluster.client());
  CHECK(value_of(admin, orders, "retention.ms").is_default);

  admin.alter_configs(orders,
                      {{.name = "retention.ms", .value = "1234"},
                       {.operation = ConfigChange::append, .name = "cleanup.policy", .value = "compact"}});
  CHECK(value_of(admin, orders, "retention.ms").value == "1234");
  CHECK_FALSE(value_of(admin, orders, "retention.ms").is_default);
  CHECK(value_of(admin, orders, "cleanup.policy").value == "delete,compact");

  admin.alter_configs(orders,
                      {{.operation = ConfigChange::remove, .name = "retention.ms"},
                       {.operation = ConfigChange::subtract, .name = "cleanup.policy", .value = "delete"}});
  CHECK(value_of(admin, orders, "retention.ms").is_default);
  CHECK(value_of(admin, orders, "cleanup.policy").value == "compact");
}

TEST_CASE("a change that cannot be is refused as a whole, and says which key") {
  testing::Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  Admin admin(cluster.client());
  const auto refused = admin.alter_configs(
      orders, {{.name = "retention.ms", .value = "1"}, {.name = "segment.bytes", .value = "few"}}, as_result);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::invalid_config);
  CHECK(refused.error().message().find("segment.bytes") != std::string::npos);
  CHECK(value_of(admin, orders, "retention.ms").is_default);
  const ConfigResource none{ConfigResource::topic, "nothing"};
  CHECK(admin.describe_configs({none})[none].error() == errc::unknown_topic_or_partition);
}

}  // namespace klamm::test
