// Random messages of any type and version, made from the catalog's descriptors: the same seed gives the same messages.
#pragma once

#include "base/rng.hpp"
#include "wire/json/catalog.hpp"

namespace klamm::wire_test {

struct random_options {
  /// Also puts tagged fields into structures that no schema has.
  bool unknown_tags = true;
};

/// A message as JSON, with the fields that the version has: extremes, empty and null values more often than others.
wire::json random_message(const wire::message_type& type, api_version version, rng& random,
                          random_options options = {});

}  // namespace klamm::wire_test
