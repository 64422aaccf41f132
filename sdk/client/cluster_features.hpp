// The features that the cluster has finalized (KIP-584), as its brokers tell them while versions are negotiated.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "link/client_connection.hpp"

namespace klamm::client {

class cluster_features {
 public:
  /// What a broker says whose epoch is behind what another has said is passed over: the epoch never goes back.
  void heard(const link::broker_capabilities& of) {
    if (of.finalized_epoch < epoch_) return;
    epoch_ = of.finalized_epoch;
    finalized_ = of.finalized;
  }
  /// The level that the feature is finalized at; 0: not at all, or the brokers are too old to tell.
  std::int16_t level(std::string_view name) const {
    for (const auto& feature : finalized_)
      if (feature.name == name) return feature.max;
    return 0;
  }

 private:
  std::int64_t epoch_ = -1;
  std::vector<link::feature_range> finalized_;
};

}  // namespace klamm::client
