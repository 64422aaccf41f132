#include "tests/sim/cluster/group_ledger.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace klamm::sim {

void group_ledger::asked_to_commit(const topic_partition& at, offset next) {
  auto& asked = partitions_[at].asked;
  asked = std::max(asked, next);
}

void group_ledger::committed(const topic_partition& at, offset next) {
  auto& committed = partitions_[at].committed;
  committed = std::max(committed, next);
}

/// What is committed was passed, and whoever looks for that at the end does not find what is deleted now.
void group_ledger::asked_to_delete(const topic_partition& at, offset before) {
  auto& known = partitions_[at];
  for (auto i = known.deletable; i < std::min(before, known.committed); ++i)
    if (!known.shown.contains(i))
      faults_.push_back(fmt::format("not_shown: {}-{} offset {} to the group, which committed {}", at.topic,
                                    at.partition.value, i.value, known.committed.value));
  known.deletable = std::max(known.deletable, before);
}

void group_ledger::assigned(int reader, const topic_partition& at) {
  floors_[{reader, at}] = partitions_[at].committed;
}

void group_ledger::starts(int reader, const topic_partition& at, offset start) {
  const auto floor = floors_[{reader, at}];
  const auto& known = partitions_[at];
  if (start < floor && floor >= known.deletable)
    faults_.push_back(fmt::format("offset_lost: reader {} starts {}-{} at {}, after {} was committed", reader,
                                  at.topic, at.partition.value, start.value, floor.value));
  if (start > std::max(known.asked, known.deletable))
    faults_.push_back(fmt::format(
        "offset_invented: reader {} starts {}-{} at {}, and nobody committed or deleted beyond {}", reader,
        at.topic, at.partition.value, start.value, std::max(known.asked, known.deletable).value));
}

void group_ledger::shown(const topic_partition& at, offset what) { partitions_[at].shown.insert(what); }

offset group_ledger::floor(const topic_partition& at) const {
  const auto found = partitions_.find(at);
  return found == partitions_.end() ? offset(0) : found->second.committed;
}

bool group_ledger::was_shown(const topic_partition& at, offset what) const {
  const auto found = partitions_.find(at);
  return found != partitions_.end() && found->second.shown.contains(what);
}

}  // namespace klamm::sim
