// Checks golden vectors of messages: what Apache Kafka's own classes wrote, against our codec.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "wire/json/catalog.hpp"

namespace klamm::wire_test {

/// Whether the line is one of a message (and not of record batches).
bool is_message_vector(const nlohmann::json& vector);

/// Keeps one message of each type and decodes every vector of the type into it, so that what an earlier message left behind
/// shows in a later one.
class message_checker {
 public:
  /// Decodes all bytes; compares with Kafka's JSON, record data and facts; encodes to the same bytes, once from what was decoded and
  /// once from our own JSON of it; cuts the bytes at every place and expects a failure. Empty, or what differs.
  std::string check(const nlohmann::json& vector);

 private:
  std::map<std::string, std::unique_ptr<wire::any_message>> kept_;
};

}  // namespace klamm::wire_test
