#include "broker/faults/asked.hpp"

namespace klamm::broker::faults {

wire::json read(const api::request& asked) {
  const auto message = wire::find_message(wire::message_kind::request, asked.key)->make();
  wire::reader from(asked.body);
  message->decode_from(from, asked.from.version);
  return from.ok() ? message->as_json(asked.from.version) : wire::json();
}

bool is_of_replica(const wire::json& asked) {
  const auto state = asked.find("replicaState");
  const auto& teller = state == asked.end() ? asked : *state;
  return teller.value("replicaId", -1) >= 0;
}

}  // namespace klamm::broker::faults
