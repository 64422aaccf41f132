#include "broker/api/features.hpp"

#include "broker/meta/features.hpp"

namespace klamm::broker::api {

void list_features(const meta::image& metadata, std::int16_t kraft_version, api_version asked,
                   wire::api_versions_response& to) {
  for (const auto& feature : meta::features) {
    // Clients before KIP-1160's version 4 fail on a minimum of 0.
    if (feature.min == 0 && asked < 4) continue;
    auto& supported = to.supported_features.emplace_back();
    supported.name = feature.name;
    supported.min_version = feature.min;
    supported.max_version = feature.max;
  }
  to.finalized_features_epoch = metadata.last_offset.value;
  const auto finalize = [&](std::string_view name, std::int16_t level) {
    auto& finalized = to.finalized_features.emplace_back();
    finalized.name = name;
    finalized.min_version_level = level;
    finalized.max_version_level = level;
  };
  for (const auto& [name, level] : metadata.cluster->features) finalize(name, level);
  if (kraft_version > 0) finalize(meta::kraft_version, kraft_version);
}

}  // namespace klamm::broker::api
