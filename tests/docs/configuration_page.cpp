// configuration_page: prints docs/configuration.md out of the tables that the clients and the broker are configured by.
// configuration_page --check FILE: whether the file says the same; names the first line that does not.
#include <string>

#include <fmt/format.h>

#include "api/option_table.hpp"
#include "broker/meta/config_table.hpp"
#include "broker/server/configuration.hpp"
#include "page.hpp"

namespace klamm::docs {
namespace {

constexpr std::string_view introduction =
    "# Configuration\n\n"
    "Made by `build/bin/configuration_page` out of the tables that the programs themselves use; a test fails "
    "where this page "
    "says something else. Times are in milliseconds and sizes in bytes unless a row names another unit.\n";

// --- clients

std::string property_names(const api::option_key& key) {
  std::string names = code(key.name);
  for (auto rest = key.aliases; !rest.empty();) {
    const auto blank = rest.find(' ');
    if (!names.empty()) names += ", ";
    names += code(rest.substr(0, blank));
    rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
  }
  return names;
}

void put_options(std::string& page, std::string_view title, api::client_kinds kinds) {
  page += fmt::format("\n## {}\n\n| field | properties | type | range | default |\n|---|---|---|---|---|\n",
                      title);
  const api::option_set defaults;
  for (const auto& key : api::option_keys())
    if (key.kinds == kinds)
      page += fmt::format("| {} | {} | {} | {} | {} |\n", code(key.field), property_names(key), key.type,
                          cell(key.range), code(key.show(defaults)));
}

std::string_view clients_of(api::client_kinds kinds) {
  switch (kinds) {
    case api::producers: return "producers";
    case api::consumers: return "consumers";
    default: return "all";
  }
}

void put_foreign_keys(std::string& page) {
  page +=
      "\n## Properties without an option\n\n"
      "`from_properties` accepts what is so anyhow, and refuses what it cannot do.\n\n"
      "| property | clients | | why |\n|---|---|---|---|\n";
  for (const auto& key : api::foreign_keys())
    page += fmt::format("| {} | {} | {} | {} |\n", code(key.name), clients_of(key.kinds),
                        key.accepted ? "accepted" : "refused", cell(key.reason));
}

// --- the broker

std::string_view type_of(const broker::meta::config_key& key) {
  using enum broker::meta::config_type;
  switch (key.type) {
    case boolean: return "true or false";
    case string: return "text";
    case int32:
    case int64: return "number";
    case float64: return "fraction";
    case list: return "list";
  }
  return {};
}

/// "lo,hi" of a number as words; the choices of a text or a list divided by commas.
std::string range_of(const broker::meta::config_key& key) {
  using enum broker::meta::config_type;
  std::string out;
  if (key.type == string || key.type == list) {
    for (const char c : key.valid) out += c == '|' ? ", " : std::string(1, c);
    return out;
  }
  const auto comma = key.valid.find(',');
  if (comma == std::string_view::npos) return out;
  const auto least = key.valid.substr(0, comma), most = key.valid.substr(comma + 1);
  if (most.empty()) return fmt::format("at least {}", least);
  return least.empty() ? fmt::format("at most {}", most) : fmt::format("{} to {}", least, most);
}

void put_broker_keys(std::string& page, broker::meta::config_scope scope) {
  const bool topics = scope == broker::meta::config_scope::topic;
  page += topics ? "| property | type | range | default | the broker's property | meaning "
                   "|\n|---|---|---|---|---|---|\n"
                 : "| property | type | range | default | meaning |\n|---|---|---|---|---|\n";
  for (const auto& key : broker::meta::config_keys()) {
    if (key.scope != scope) continue;
    page += fmt::format("| {} | {} | {} | {} |", code(key.name), type_of(key), range_of(key),
                        code(key.default_value ? key.default_value : ""));
    if (topics) page += fmt::format(" {} |", code(key.synonym));
    page += fmt::format(" {} |\n", cell(key.text));
  }
}

void put_unit_aliases(std::string& page) {
  page +=
      "\nOlder names, which set another property in other units:\n\n| property | sets | times "
      "|\n|---|---|---|\n";
  for (const auto& alias : broker::server::unit_aliases())
    page += fmt::format("| {} | {} | {} |\n", code(alias.key), code(alias.sets), alias.factor);
}

// --- the page

std::string make_page() {
  std::string page(introduction);
  put_options(page, "All clients: `ClientOptions`", api::any_client);
  put_options(page, "Producers: `ProducerOptions`", api::producers);
  put_options(page, "Consumers: `ConsumerOptions`", api::consumers);
  put_foreign_keys(page);
  page += "\n## Topics\n\n";
  put_broker_keys(page, broker::meta::config_scope::topic);
  page +=
      "\n## The broker, changeable while it runs\n\n"
      "By Kafka's tools for one broker or for every one. Other names, which Apache Kafka may know, are taken "
      "too, so that a tool does not "
      "fail; they have no effect, the broker says so in its log, and they are shown without a value.\n\n";
  put_broker_keys(page, broker::meta::config_scope::dynamic);
  page += "\n## The broker, fixed when it starts\n\n";
  put_broker_keys(page, broker::meta::config_scope::broker);
  put_unit_aliases(page);
  return page;
}

}  // namespace
}  // namespace klamm::docs

int main(int count, char** arguments) {
  return klamm::docs::run(count, arguments, klamm::docs::make_page(), "docs/configuration.md");
}
