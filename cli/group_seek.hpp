// kcli group seek: where a group without members goes on.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace klamm::cli {

struct seek_arguments {
  std::string group, to;
  std::vector<std::string> topics;
};

/// Commits a place in the group's stead for every partition of the topics, and prints where each goes on. Places outside
/// of what a partition holds become its first offset or its end.
int seek_group(const session& in, const seek_arguments& wanted);

}  // namespace klamm::cli
