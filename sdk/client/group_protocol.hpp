// What members of a classic consumer group tell each other through the coordinator, as bytes: an int16 version, then the message.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "client/assignor.hpp"

namespace klamm::client {

/// Version 3 of the subscription: with what is owned, since which generation, and the rack.
std::vector<std::byte> encode_subscription(const member_subscription& member);
/// Null for bytes that are no subscription.
std::optional<member_subscription> decode_subscription(bytes_view bytes);

std::vector<std::byte> encode_assignment(std::span<const topic_partition> partitions);
/// No bytes at all: no partitions. Null for bytes that are no assignment.
std::optional<std::vector<topic_partition>> decode_assignment(bytes_view bytes);

}  // namespace klamm::client
