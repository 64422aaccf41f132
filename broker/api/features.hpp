// The features that ApiVersions tells (KIP-584).
#pragma once

#include "broker/meta/image.hpp"
#include "wire/messages/api_versions.hpp"

namespace klamm::broker::api {

/// What this version can do, and what the cluster has finalized. The response views `metadata`.
void list_features(const meta::image& metadata, std::int16_t kraft_version, api_version asked,
                   wire::api_versions_response& to);

}  // namespace klamm::broker::api
