#include "client/fetch_session.hpp"

#include <algorithm>

namespace klamm::client {

bool all_have_ids(const fetch_asks& asks) {
  return std::ranges::none_of(asks, [](const auto& ask) { return ask.second.topic_id.is_zero(); });
}

fetch_plan fetch_session::next(const fetch_asks& wanted) {
  const bool by_id = all_have_ids(wanted);
  if (by_id != by_id_ && !wanted.empty()) epoch_ = 0;
  fetch_plan plan{id_, epoch_, {}, {}, by_id};
  if (epoch_ == 0) {
    plan.ask = wanted;
  } else {
    for (const auto& [at, before] : known_) {
      const auto now = wanted.find(at);
      if (now == wanted.end() || now->second.topic_id != before.topic_id)
        plan.forget.push_back({at, before.topic_id});
    }
    for (const auto& [at, ask] : wanted) {
      const auto before = known_.find(at);
      if (before == known_.end() || before->second != ask) plan.ask.emplace(at, ask);
    }
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
