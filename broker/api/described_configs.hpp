// DescribeConfigs is answered alike by a broker and by a controller, each of its own configuration.
#pragma once

#include "broker/api/serve.hpp"
#include "broker/meta/config_view.hpp"
#include "wire/messages/describe_configs.hpp"

namespace klamm::broker::api {

struct configured_node {
  node_id self;
  meta::image_ptr metadata;
  const meta::config_map& own;
};

void describe_configs(const wire::describe_configs_request& request, const configured_node& node,
                      const reply<wire::describe_configs_response>& answer);

}  // namespace klamm::broker::api
