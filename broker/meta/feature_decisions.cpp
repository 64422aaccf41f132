#include "broker/meta/feature_decisions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/meta/config_table.hpp"
#include "broker/meta/features.hpp"

namespace klamm::broker::meta {
namespace {

/// The numbers are those of the protocol.
enum class upgrade_type : std::int8_t { upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3 };

void set_level(std::string_view name, std::int16_t level, decision& d) {
  wire::feature_level_record record;
  record.name = name;
  record.feature_level = level;
  d.records.emplace_back(record);
}

void set_min_isr(std::string_view broker, std::optional<std::string_view> value, decision& d) {
  wire::config_record record;
  record.resource_type = static_cast<std::int8_t>(resource_type::broker);
  record.resource_name = broker;
  record.name = min_isr_key;
  record.value = value;
  d.records.emplace_back(record);
}

/// Who is an eligible leader depends on min.insync.replicas: with the feature every broker has to see the same one (KIP-966).
void share_min_isr(decision& d) {
  if (!d.state.overrides({resource_type::broker, ""}).contains(min_isr_key))
    set_min_isr("", d.texts->keep(std::string(d.configs.broker_text(min_isr_key))), d);
  for (const auto& [resource, values] : *d.state.configs)
    if (resource.type == resource_type::broker && !resource.name.empty() && values.contains(min_isr_key))
      set_min_isr(d.texts->keep(resource.name), std::nullopt, d);
}

std::optional<std::string> reason_not_supported(std::string_view name, std::int16_t level,
                                                const image& state) {
  const auto* const ours = std::find_if(std::begin(features), std::end(features),
                                        [&](const feature& f) { return f.name == name; });
  if (ours == std::end(features)) return fmt::format("This controller does not know the feature {}.", name);
  if (level < ours->min || level > ours->max)
    return fmt::format("This controller only supports versions {}-{}", ours->min, ours->max);
  const auto does = [&](const auto& node) {
    const auto named = [&](const feature_range& f) { return f.name == name; };
    const auto found = std::find_if(node.features.begin(), node.features.end(), named);
    return found == node.features.end() ? level == 0 : found->contains(level);
  };
  for (const auto& [id, broker] : state.cluster->brokers)
    if (!does(broker)) return fmt::format("Broker {} does not support this version.", id.value);
  for (const auto& [id, controller] : state.cluster->controllers)
    if (!does(controller)) return fmt::format("Controller {} does not support this version.", id.value);
  return std::nullopt;
}

/// Why the update is not possible, if it is not.
std::optional<std::string> reason_against(std::string_view name, std::int16_t level, std::int8_t how,
                                          const image& state) {
  const auto type = static_cast<upgrade_type>(how);
  if (type < upgrade_type::upgrade || type > upgrade_type::unsafe_downgrade)
    return "The controller does not support the given upgrade type.";
  if (level < 0) return "A feature version cannot be less than 0.";
  if (name == kraft_version) return "The quorum keeps this feature itself.";
  if (auto reason = reason_not_supported(name, level, state)) return reason;
  const auto now = state.feature_level(name);
  if (level < now && type == upgrade_type::upgrade)
    return "Can't downgrade the version of this feature without setting the upgrade type to either safe or "
           "unsafe downgrade.";
  if (level > now && type != upgrade_type::upgrade) return "Can't downgrade to a newer version.";
  if (level < now && name == metadata_version)
    return type == upgrade_type::unsafe_downgrade
               ? "Unsafe metadata downgrade is not supported in this version."
               : "Refusing to perform the requested downgrade because it might delete metadata information.";
  return std::nullopt;
}

}  // namespace

wire::update_features_response update_features(const wire::update_features_request& request, decision& d) {
  wire::update_features_response response;
  response.error_message = std::nullopt;
  for (const auto& update : request.feature_updates) {
    const auto level = update.max_version_level;
    // Version 0 has a flag for what later versions call a safe downgrade.
    const auto how =
        update.allow_downgrade ? static_cast<std::int8_t>(upgrade_type::safe_downgrade) : update.upgrade_type;
    if (const auto reason = reason_against(update.feature, level, how, d.state)) {
      d.records.clear();
      response.results.clear();
      d.refuse(response,
               {error_code::invalid_update_version,
                fmt::format("Invalid update version {} for feature {}. {}", level, update.feature, *reason)});
      return response;
    }
    if (update.feature == eligible_leaders_version && level > d.state.feature_level(update.feature))
      share_min_isr(d);
    set_level(update.feature, level, d);
    auto& result = response.results.emplace_back();
    result.feature = update.feature;
    result.error_message = std::nullopt;
  }
  if (request.validate_only) d.records.clear();
  return response;
}

void add_bootstrap(decision& d) {
  for (const auto& feature : features)
    if (feature.name != kraft_version) set_level(feature.name, feature.initial, d);
  share_min_isr(d);
}

}  // namespace klamm::broker::meta
