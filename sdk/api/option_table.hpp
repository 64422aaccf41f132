// The table of configuration keys: the one place that knows their names, ranges and defaults. from_properties, the checks of a
// client's construction, docs/configuration.md and --help are all made from it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <klamm/options.hpp>

namespace klamm::api {

/// The options of all kinds of clients, so that one row can name any field.
struct option_set {
  ClientOptions client;
  ProducerOptions producer;
  ConsumerOptions consumer;
  /// Whether security.protocol was one with SASL: the options themselves say it by having credentials.
  bool wants_sasl = false;
  /// Of sasl.mechanism OAUTHBEARER: a function that gives tokens is no property.
  std::optional<OidcClientCredentials> provider;
};

/// Which clients a key is for.
enum class client_kind : unsigned { producer = 1, consumer = 2, admin = 4 };
using client_kinds = unsigned;
inline constexpr client_kinds any_client = 7, producers = 1, consumers = 2;
constexpr bool has(client_kinds kinds, client_kind kind) {
  return (kinds & static_cast<unsigned>(kind)) != 0;
}

/// What is wrong with a value, in words; nothing if it is right.
using problem = std::optional<std::string>;

/// One key. Empty where it does not apply: `name` for an option without a property, `field` for a property without a field of its own.
struct option_key {
  client_kinds kinds;
  std::string_view field;
  std::string_view name;
  /// librdkafka's names where they differ, divided by spaces.
  std::string_view aliases;
  std::string_view type;
  std::string range;
  /// Sets the field to what a property says.
  std::function<problem(option_set&, std::string_view)> read;
  /// The field as a property would say it.
  std::function<std::string(const option_set&)> show;
  /// Whether the field is in its range.
  std::function<problem(const option_set&)> check;
  /// Its value is shown to nobody.
  bool secret = false;
};
const std::vector<option_key>& option_keys();

/// A property of Kafka's or librdkafka's that is no option here. In the order in which its row reads, whatever that pads.
struct foreign_key {  // NOLINT(clang-analyzer-optin.performance.Padding)
  client_kinds kinds;
  std::string_view name;
  /// Accepted without effect, since what it asks for is so anyhow, or does not matter here; else refused.
  bool accepted;
  std::string_view reason;
};
std::span<const foreign_key> foreign_keys();

/// All that is wrong with the options of one client.
std::vector<ConfigFault> check_options(client_kind kind, const option_set& options);

/// Options out of properties, and all that is wrong with these.
std::vector<ConfigFault> read_properties(client_kind kind,
                                         const std::map<std::string, std::string>& properties,
                                         option_set& to);

}  // namespace klamm::api
