// Changing configurations: IncrementalAlterConfigs (KIP-339) key by key, AlterConfigs by replacing all that was set.
#pragma once

#include "broker/meta/decision.hpp"
#include "wire/messages/alter_configs.hpp"
#include "wire/messages/incremental_alter_configs.hpp"

namespace klamm::broker::meta {

wire::incremental_alter_configs_response incremental_alter_configs(
    const wire::incremental_alter_configs_request& request, decision& d);
wire::alter_configs_response alter_configs(const wire::alter_configs_request& request, decision& d);

}  // namespace klamm::broker::meta
