// From a topic's configuration keys to what its replicas follow.
#pragma once

#include <string_view>

#include "broker/group/group_coordinator.hpp"
#include "broker/meta/config_view.hpp"
#include "broker/replica/settings.hpp"

namespace klamm::broker::node {

replica::settings_ptr settings_of(const meta::config_view& configs, std::string_view topic, node_id self);
log::log_options log_defaults(const meta::config_view& configs);
group::group_options group_options_of(const meta::config_view& configs);

}  // namespace klamm::broker::node
