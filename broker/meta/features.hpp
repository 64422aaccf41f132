// The features of the cluster (KIP-584): what this version can do, and what a new cluster starts with.
#pragma once

#include <cstdint>
#include <string_view>

namespace klamm::broker::meta {

struct feature {
  std::string_view name;
  std::int16_t min, max;
  std::int16_t initial;  // finalized in a new cluster
};

/// Only what is served: clients switch protocols on finalized features. kraft.version is kept by the quorum itself.
inline constexpr feature features[] = {
    {"metadata.version", 7, 30, 30},  // 3.3-IV3 to 4.3-IV0
    {"kraft.version", 0, 1, 1},
    {"eligible.leader.replicas.version", 0, 1, 1},  // KIP-966; on in a new cluster, as Kafka has it since 4.1
};
inline constexpr std::string_view metadata_version = "metadata.version";
inline constexpr std::string_view kraft_version = "kraft.version";
inline constexpr std::string_view eligible_leaders_version = "eligible.leader.replicas.version";

}  // namespace klamm::broker::meta
