#include "broker/api/context.hpp"

namespace klamm::broker::api {

std::optional<link::endpoint> endpoint_of(const services& node, const caller& from, node_id broker) {
  if (broker == node.self) return node.advertised ? *node.advertised : from.local;
  const auto* const registered = node.metadata->broker(broker);
  if (!registered || registered->endpoints.empty()) return std::nullopt;
  return link::endpoint{registered->endpoints.front().host, registered->endpoints.front().port};
}

}  // namespace klamm::broker::api
