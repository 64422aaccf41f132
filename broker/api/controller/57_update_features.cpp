#include <memory>

#include "broker/api/controller/handlers.hpp"
#include "broker/meta/features.hpp"

namespace klamm::broker::controller_api {
namespace {

using response = wire::update_features_response;

void refuse(const error& why, response& to) {
  to.error_code = why.code;
  to.error_message = why.message;
  to.results.clear();
}

/// Once everything else in the request is decided.
void upgrade_quorum(std::int16_t version, bool validate_only, services& node, response& to) {
  if (to.error_code != error_code::none) return;
  if (const auto done = node.quorum.upgrade(version, validate_only); !done) return refuse(done.failure(), to);
  auto& said = to.results.emplace_back();
  said.feature = meta::kraft_version;
  said.error_message = std::nullopt;
}

}  // namespace

/// All features are the controller's but kraft.version, which the quorum keeps in control records.
void update_features(const wire::update_features_request& request, const caller&, services& node,
                     reply<response> answer) {
  // Kept by the answer, since the controller may decide later.
  const auto rest = std::make_shared<wire::update_features_request>(request);
  std::optional<std::int16_t> version;
  std::erase_if(rest->feature_updates, [&](const auto& update) {
    const bool quorums = update.feature == meta::kraft_version;
    if (quorums) version = update.max_version_level;
    return quorums;
  });
  if (!version) return node.controller.update_features(request, std::move(answer));
  response said;
  said.error_message = std::nullopt;
  const auto allowed = node.quorum.upgrade(*version, true);
  if (!allowed) {
    refuse(allowed.failure(), said);
    return answer(said);
  }
  if (rest->feature_updates.empty()) {
    upgrade_quorum(*version, request.validate_only, node, said);
    return answer(said);
  }
  auto go_on = [&node, answer, rest, version = *version,
                only_ask = request.validate_only](const response& decided) {
    auto all = decided;
    upgrade_quorum(version, only_ask, node, all);
    answer(all);
  };
  node.controller.update_features(*rest, reply<response>(std::move(go_on)));
}

}  // namespace klamm::broker::controller_api
