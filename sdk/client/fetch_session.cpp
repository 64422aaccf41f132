#include "client/fetch_session.hpp"

#include <algorithm>

namespace klamm::client {

bool all_have_ids(const fetch_asks& asks) {
  return std::ranges::none_of(asks, [](const auto& ask) { return ask.second.topic_id.is_zero(); });
}

/// Both are in order, and there may be ten thousand of each.
void fetch_session::say_changes(const fetch_asks& wanted, fetch_plan& plan) const {
  const auto forget = [&](const auto& gone) { plan.forget.push_back({gone.first, gone.second.topic_id}); };
  auto before = known_.begin();
  for (const auto& [at, ask] : wanted) {
    while (before != known_.end() && before->first < at) forget(*before++);
    const bool was_there = before != known_.end() && before->first == at;
    if (was_there && before->second.topic_id != ask.topic_id) forget(*before);
    if (!was_there || before->second != ask) plan.ask.emplace_hint(plan.ask.end(), at, ask);
    if (was_there) ++before;
  }
  std::for_each(before, known_.end(), forget);
}

fetch_plan fetch_session::next(const fetch_asks& wanted) {
  const bool by_id = all_have_ids(wanted);
  if (by_id != by_id_ && !wanted.empty()) epoch_ = 0;
  fetch_plan plan{id_, epoch_, {}, {}, by_id};
  if (epoch_ == 0) {
    plan.ask = wanted;
  } else {
    say_changes(wanted, plan);
  }
  by_id_ = by_id;
  known_ = wanted;
  return plan;
}

void fetch_session::answered(std::int32_t session_id) {
  id_ = session_id;
  if (session_id == 0)
    epoch_ = 0;
  else
    epoch_ = epoch_ == INT32_MAX ? 1 : epoch_ + 1;
}

void fetch_session::failed(error_code why) {
  if (why == error_code::fetch_session_id_not_found) id_ = 0;
  epoch_ = 0;
}

}  // namespace klamm::client
