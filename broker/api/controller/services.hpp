// A controller, as the handlers of its listener see it: brokers and other controllers call here (KIP-590, KIP-595, KIP-631).
#pragma once

#include <functional>

#include "broker/api/serve.hpp"
#include "broker/meta/controller.hpp"
#include "broker/raft/quorum.hpp"
#include "broker/raft/wire_forms.hpp"

namespace klamm::broker::controller_api {

using api::caller;
using api::reply;

/// All outlive the handlers' calls.
struct services {
  const raft::identity& own;
  const instant& clock;
  raft::quorum& quorum;
  meta::controller& controller;
  /// The newest committed image.
  std::function<meta::image_ptr()> metadata;
  const meta::config_map& own_configs;
};

}  // namespace klamm::broker::controller_api
