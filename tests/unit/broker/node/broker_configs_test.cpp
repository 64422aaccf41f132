// Configurations of brokers, as Kafka's tools set and show them, also those that mean nothing here.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "node_life.hpp"
#include "wire/messages/describe_configs.hpp"
#include "wire/messages/incremental_alter_configs.hpp"

using namespace klamm;
using namespace klamm::broker::node::test;

namespace {

constexpr std::int8_t of_broker = 4;
constexpr std::int8_t set = 0, append = 2;

struct configured_fixture : node_fixture {
  configured_fixture() { life.connect(); }

  error_code change(std::string_view key, std::string_view value, std::string_view broker = "1",
                    std::int8_t how = set) {
    wire::incremental_alter_configs_request request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = of_broker;
    resource.resource_name = broker;
    auto& config = resource.configs.emplace_back();
    config.name = key;
    config.config_operation = how;
    config.value = value;
    return life.call(request, 1).responses.at(0).error_code;
  }
  auto described(std::string_view broker = "1") {
    wire::describe_configs_request request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = of_broker;
    resource.resource_name = broker;
    resource.configuration_keys.reset();
    request.include_synonyms = true;
    return life.call(request, 4).results.at(0).configs;
  }

  node_life& life = start();
};

}  // namespace

TEST_CASE("a broker's configuration is refused as Kafka refuses it") {
  configured_fixture f;
  CHECK(f.change("log.segment.bytes", "abc") == error_code::invalid_request);
  CHECK(f.change("log.segment.bytes", "1048576") == error_code::none);
  CHECK(f.change("node.id", "2") == error_code::invalid_request);
  CHECK(f.change("log.cleaner.threads", "2", "1", append) == error_code::invalid_config);
  CHECK(f.change("klamm.fsink", "ack") == error_code::invalid_config);
  CHECK(f.change("authorizer.class.name", "Nobody") == error_code::invalid_request);
}

TEST_CASE(
    "a configuration that means nothing here is taken and shown by name, and the log says that it has no "
    "effect") {
  configured_fixture f;
  CHECK(f.change("log.cleaner.threads", "2") == error_code::none);
  CHECK(f.change("log.cleaner.threads", "3") == error_code::none);
  CHECK(f.change("my.custom.config", "secret", "") == error_code::none);
  CHECK(f.life.said.count(log_level::warning,
                          "log.cleaner.threads was set for this broker, and has no effect") == 1);
  CHECK(f.life.said.count(log_level::warning,
                          "my.custom.config was set for every broker, and has no effect") == 1);
  const auto find = [](const auto& configs, std::string_view name) {
    return std::ranges::find_if(configs, [&](const auto& one) { return one.name == name; });
  };
  const auto ours = f.described();
  for (const auto* const name : {"log.cleaner.threads", "my.custom.config"}) {
    const auto one = find(ours, name);
    REQUIRE(one != ours.end());
    CHECK(!one->value);
    CHECK(one->is_sensitive);
    CHECK(one->read_only);
    CHECK(one->synonyms.size() == 1);
  }
  CHECK(find(ours, "log.cleaner.threads")->config_source == 2);
  CHECK(find(ours, "my.custom.config")->config_source == 3);
  const auto defaults = f.described("");
  CHECK(find(defaults, "my.custom.config") != defaults.end());
  CHECK(find(defaults, "log.cleaner.threads") == defaults.end());
}
