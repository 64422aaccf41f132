// What a new image means for one node's replicas.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "broker/meta/config_view.hpp"
#include "broker/meta/image.hpp"
#include "broker/replica/replicas.hpp"

namespace klamm::broker::node {

struct metadata_delta {
  std::vector<replica::assignment> wanted;
  std::vector<topic_partition> unwanted;
  /// The names of topics that are gone; there may be others of the same names.
  std::set<std::string, std::less<>> deleted;
};

/// Replicas of `self` that `after` adds or changes, and those of `before` that it does not have any more. Topics that the
/// two images share cost a comparison of pointers.
metadata_delta difference(const meta::image& before, const meta::image& after, const meta::config_map& own,
                          node_id self);

}  // namespace klamm::broker::node
