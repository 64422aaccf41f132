#include "broker/api/controller/dispatch.hpp"
#include "broker/api/controller/handlers.hpp"
#include "broker/api/features.hpp"

namespace klamm::broker::controller_api {

void api_versions(const wire::api_versions_request&, const caller& from, services& node,
                  reply<wire::api_versions_response> answer) {
  wire::api_versions_response response;
  for (const auto& e : table()) {
    auto& to = response.api_keys.emplace_back();
    to.api_key = e.api.key;
    to.min_version = e.api.advertised.min;
    to.max_version = e.api.advertised.max;
  }
  const auto image = node.metadata();
  api::list_features(*image, node.quorum.kraft_version(), from.version, response);
  answer(response);
}

}  // namespace klamm::broker::controller_api
