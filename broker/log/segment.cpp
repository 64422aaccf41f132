#include "broker/log/segment.hpp"

#include <algorithm>

namespace klamm::broker::log {

segment_list::const_iterator segment_of(const segment_list& segments, offset at) {
  const auto behind = std::upper_bound(segments.begin(), segments.end(), at,
                                       [](offset o, const segment_ptr& s) { return o < s->base; });
  return behind - 1;
}

}  // namespace klamm::broker::log
