#include "client/asked_commits.hpp"

namespace klamm::client {

const asked_commits::entry* asked_commits::commits::newest() const {
  const auto* const asked = under_way.empty() ? nullptr : &under_way.back();
  if (!committed || (asked && asked->asked > committed->asked)) return asked;
  return &*committed;
}

void asked_commits::commits::end(number asked) {
  std::erase_if(under_way, [&](const entry& one) { return one.asked == asked; });
}

const asked_commits::entry& asked_commits::ask(const committed_offset& place, position_epoch life) {
  return of_[place.at].under_way.emplace_back(++last_, place, life);
}

void asked_commits::done(number asked, const entry& said) {
  auto& all = of_[said.place.at];
  all.end(asked);
  if (!all.committed || all.committed->asked < said.asked) all.committed = said;
}

void asked_commits::refused(number asked, const topic_partition& at) { of_[at].end(asked); }

bool asked_commits::beyond(const topic_partition& at, std::optional<position_epoch> life, offset next) const {
  const auto found = of_.find(at);
  const auto* const stands = found == of_.end() ? nullptr : found->second.newest();
  return stands && (!life || stands->life == *life) && stands->place.next > next;
}

}  // namespace klamm::client
