// The records that build an image from nothing: what a snapshot holds.
#pragma once

#include <vector>

#include "broker/meta/image.hpp"
#include "wire/messages/register_broker_record.hpp"
#include "wire/messages/register_controller_record.hpp"

namespace klamm::broker::meta {

/// The record that registers a broker as it is; it looks into `broker`.
wire::register_broker_record registration_record(node_id id, const broker_image& broker);
wire::register_controller_record registration_record(node_id id, const controller_image& controller);

std::vector<std::vector<std::byte>> encode_image(const image& state);

}  // namespace klamm::broker::meta
