// The bytes that the sticky assignors add to a member's subscription. All integers big-endian.
//
//   sticky, version 1    int32 topics, each { int16 length, name, int32 partitions, int32 each }, int32 generation
//   sticky, version 0    the same without the generation
//   cooperative-sticky   int32 generation
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace klamm::client {

std::optional<std::vector<std::byte>> sticky_user_data(std::span<const topic_partition> owned,
                                                       generation_id generation);
std::optional<std::vector<std::byte>> cooperative_user_data(std::span<const topic_partition> owned,
                                                            generation_id generation);

/// What a member said it owns, and since which generation; -1: it did not say, or not understandably.
struct said_ownership {
  std::vector<topic_partition> partitions;
  generation_id generation;
};
said_ownership read_sticky_user_data(bytes_view bytes);
generation_id read_cooperative_user_data(bytes_view bytes);

}  // namespace klamm::client
