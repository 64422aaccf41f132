#include "broker/api/gathered.hpp"

namespace klamm::broker::api {

void delete_groups(const wire::delete_groups_request& request, const caller&, services& node,
                   reply<wire::delete_groups_response> answer) {
  const auto op = gather(std::move(answer));
  op->response.results.resize(request.groups_names.size());
  for (std::size_t i = 0; i < request.groups_names.size(); ++i) {
    auto& to = op->response.results[i];
    to.group_id = request.groups_names[i];
    const auto coordinator = node.groups.coordinator_of(to.group_id);
    to.error_code = coordinator.code();
    if (!coordinator) continue;
    ++op->open;
    (*coordinator)
        ->delete_group(
            to.group_id,
            [op, &to](error_code outcome) {
              to.error_code = outcome;
              op->finish_one();
            },
            node.clock);
  }
  op->finish_one();
}

}  // namespace klamm::broker::api
