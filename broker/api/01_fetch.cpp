#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

/// A follower's as well as a consumer's. Of a partition, only its assigned replicas are taken for followers (CVE-2018-1288).
void fetch(const wire::fetch_request& request, const caller& from, services& node,
           reply<wire::fetch_response> answer) {
  node.fetches.fetch(
      request, from.connection, [answer](const wire::fetch_response& response) { answer(response); },
      node.clock);
}

}  // namespace klamm::broker::api
