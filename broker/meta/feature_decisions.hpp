// Finalizing features (KIP-584, KIP-778).
//
//   what is wrong with an update                                     its error
//   --------------------------------------------------------------   ----------------------
//   an unknown kind of upgrade, a level below 0                      INVALID_UPDATE_VERSION
//   a level that this controller or a registered broker does not do  INVALID_UPDATE_VERSION
//   a lower level as an upgrade, a higher one as a downgrade         INVALID_UPDATE_VERSION
//   a lower metadata.version: records are there that it has not      INVALID_UPDATE_VERSION
//   kraft.version, which the quorum keeps                            INVALID_UPDATE_VERSION
//
// All of a request or nothing.
#pragma once

#include "broker/meta/decision.hpp"
#include "wire/messages/update_features.hpp"

namespace klamm::broker::meta {

wire::update_features_response update_features(const wire::update_features_request& request, decision& d);

/// What a new cluster begins with.
void add_bootstrap(decision& d);

}  // namespace klamm::broker::meta
