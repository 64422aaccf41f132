// The three nodes of the replicas' scripts; the test plays two of them.
#pragma once

#include "base/ids.hpp"

namespace klamm::broker::replica::test {

inline constexpr node_id self(1), two(2), three(3);

}  // namespace klamm::broker::replica::test
