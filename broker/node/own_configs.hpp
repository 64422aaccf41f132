// A node's own configuration, before there is an image.
#pragma once

#include "broker/meta/config_view.hpp"

namespace klamm::broker::node {

struct own_configs {
  explicit own_configs(const meta::config_map& own) : view(image, own, node_id()) {}
  meta::image image;
  meta::config_view view;
};

}  // namespace klamm::broker::node
