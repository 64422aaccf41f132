// Options out of Kafka's and librdkafka's properties.
#include <algorithm>
#include <iterator>
#include <numeric>

#include <fmt/format.h>

#include "api/option_table.hpp"
#include "api/option_values.hpp"
#include "api/security_rows.hpp"

namespace klamm::api {
namespace {

using property_map = std::map<std::string, std::string>;

bool is_named(const option_key& key, std::string_view property) {
  if (!key.name.empty() && key.name == property) return true;
  for (auto rest = key.aliases; !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == property) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// How many characters have to be changed, left out or put in to make one of the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest(client_kind kind, std::string_view name) {
  std::string_view best;
  auto least = std::max<std::size_t>(3, name.size() / 3) + 1;
  const auto consider = [&](client_kinds kinds, std::string_view known) {
    if (!has(kinds, kind) || known.empty()) return;
    if (const auto far = distance(name, known); far < least) least = far, best = known;
  };
  for (const auto& key : option_keys()) consider(key.kinds, key.name);
  for (const auto& key : foreign_keys()) consider(key.kinds, key.name);
  return best;
}

// Of names that nobody knows: a secret's, with a slip in it, or another client's.
bool may_be_secret(std::string_view name) {
  constexpr std::string_view words[] = {"sec",        "pas",     "jaas",       "private",
                                        "credential", "key.pem", "oauthbearer"};
  return std::ranges::any_of(
      words, [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

// What is wrong with a property that no option has; nothing if it is accepted without effect.
problem check_foreign(client_kind kind, const std::string& name) {
  bool of_others = false;
  for (const auto& key : foreign_keys())
    if (key.name == name) {
      if (has(key.kinds, kind)) return key.accepted ? std::nullopt : problem(key.reason);
      of_others = true;
    }
  for (const auto& key : option_keys()) of_others = of_others || is_named(key, name);
  if (of_others) return "this kind of client does not have it";
  const auto like = nearest(kind, name);
  return like.empty() ? "no such property" : fmt::format("no such property; did you mean {}?", like);
}

void read_key(const option_key& key, const property_map& properties, option_set& to,
              std::vector<ConfigFault>& faults) {
  const property_map::value_type* first = nullptr;
  for (const auto& property : properties) {
    if (!is_named(key, property.first)) continue;
    const auto& [name, value] = property;
    const auto shown = [&](const std::string& text) { return key.secret ? "(hidden)" : text; };
    if (first && first->second != value) {
      faults.push_back({std::string(key.field), name, shown(value),
                        fmt::format("{} says {}: give one of them", first->first, shown(first->second))});
    } else if (auto wrong = key.read(to, trimmed(value))) {
      faults.push_back({std::string(key.field), name, shown(value), std::move(*wrong)});
    }
    first = &property;
  }
}

template <class Options>
std::pair<ClientOptions, Options> read_or_throw(client_kind kind, const property_map& properties,
                                                Options option_set::* part) {
  option_set options;
  if (auto faults = read_properties(kind, properties, options); !faults.empty())
    throw ConfigError(std::move(faults));
  return {std::move(options.client), std::move(options.*part)};
}

}  // namespace

std::vector<ConfigFault> read_properties(client_kind kind, const property_map& properties, option_set& to) {
  std::vector<ConfigFault> faults;
  for (const auto& key : option_keys())
    if (has(key.kinds, kind)) read_key(key, properties, to, faults);
  std::ranges::move(finish_security(to), std::back_inserter(faults));
  for (const auto& [name, value] : properties) {
    const bool known = std::ranges::any_of(
        option_keys(), [&](const option_key& key) { return has(key.kinds, kind) && is_named(key, name); });
    if (known) continue;
    if (auto wrong = check_foreign(kind, name))
      faults.push_back({"", name, may_be_secret(name) ? "(hidden)" : value, std::move(*wrong)});
  }
  return faults;
}

}  // namespace klamm::api

namespace klamm {
inline namespace v1 {

std::pair<ClientOptions, ProducerOptions> ProducerOptions::from_properties(
    const std::map<std::string, std::string>& properties) {
  return api::read_or_throw(api::client_kind::producer, properties, &api::option_set::producer);
}
std::pair<ClientOptions, ConsumerOptions> ConsumerOptions::from_properties(
    const std::map<std::string, std::string>& properties) {
  return api::read_or_throw(api::client_kind::consumer, properties, &api::option_set::consumer);
}

}  // namespace v1
}  // namespace klamm
