#include <algorithm>
#include <iterator>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {

void list_transactions(const wire::list_transactions_request& request, const caller&, services&,
                       reply<wire::list_transactions_response> answer) {
  constexpr std::string_view states[] = {"Empty",        "Ongoing",          "PrepareCommit",
                                         "PrepareAbort", "CompleteCommit",   "CompleteAbort",
                                         "Dead",         "PrepareEpochFence"};
  wire::list_transactions_response response;  // without a transaction coordinator there are none
  for (const auto filter : request.state_filters)
    if (std::find(std::begin(states), std::end(states), filter) == std::end(states))
      response.unknown_state_filters.push_back(filter);
  answer(response);
}

}  // namespace klamm::broker::api
