// The records that build an image from nothing: what a snapshot holds.
#pragma once

#include <vector>

#include "broker/meta/image.hpp"

namespace klamm::broker::meta {

std::vector<std::vector<std::byte>> encode_image(const image& state);

}  // namespace klamm::broker::meta
