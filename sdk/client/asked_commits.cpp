#include "client/asked_commits.hpp"

#include <algorithm>

namespace klamm::client {

const asked_commits::entry& asked_commits::ask(const committed_offset& place, position_epoch life) {
  return of_[place.at].emplace_back(++last_, place, life);
}

void asked_commits::done(const topic_partition& at, number said) {
  const auto found = of_.find(at);
  if (found == of_.end()) return;
  std::erase_if(found->second, [&](const entry& one) { return one.asked < said; });
}

void asked_commits::refused(const topic_partition& at, number asked) {
  const auto found = of_.find(at);
  if (found == of_.end()) return;
  std::erase_if(found->second, [&](const entry& one) { return one.asked == asked; });
  if (found->second.empty()) of_.erase(found);
}

bool asked_commits::beyond(const topic_partition& at, std::optional<position_epoch> life, offset next) const {
  const auto found = of_.find(at);
  if (found == of_.end()) return false;
  const auto& newest = found->second.back();
  return (!life || newest.life == *life) && newest.place.next > next;
}

}  // namespace klamm::client
