#include "tests/sim/planted.hpp"

#include <algorithm>
#include <array>

namespace klamm::sim {
namespace {

constexpr std::array all_bugs{
    planted_bug{"client.trust_lost_answer", "takes a Produce request whose answer was lost for acknowledged",
                "produce answers lost"},
    planted_bug{"client.resequence_retry", "sends a batch that may have been written under a new sequence",
                "perhaps written, retried"},
    planted_bug{"log.trust_page_cache", "calls bytes durable that were never synced",
                "asked what is durable"},
    planted_bug{"log.skip_crc", "recovers batches whose checksum is wrong", "recovery scans"},
    planted_bug{"log.forget_producers", "recovers a log without the producers that wrote it",
                "producers recovered"},
    planted_bug{"log.recover_short", "leaves out the last segment's first batch behind the recovery point",
                "batches recovered"},
    planted_bug{"log.accept_repeats", "appends a batch that it has already", "repeats recognised"},
    planted_bug{"group.reply_before_commit", "acknowledges a commit before its record is committed",
                "group records parked"},
    planted_bug{"group.forget_offsets", "loads a group without its last commits", "offsets loaded"},
    planted_bug{
        "group.accept_fenced_commit", "takes commits of members and generations that are over",
        "commits fenced",
        "our members stop committing by themselves when their session is over, so that seed 628 is the "
        "first in which one does harm"},
    planted_bug{"client.drop_fetched_batch", "moves its position past a batch that it does not hand over",
                "fetches of several batches"},
};

}  // namespace

std::span<const planted_bug> planted_bugs() { return all_bugs; }

const planted_bug* find_planted(std::string_view name) {
  const auto found = std::ranges::find(all_bugs, name, &planted_bug::name);
  return found == all_bugs.end() ? nullptr : &*found;
}

bool fault_plan::fires(std::string_view name) {
  auto found = reached_.find(name);
  if (found == reached_.end()) found = reached_.emplace(name, 0).first;
  ++found->second;
  if (const auto watcher = watchers_.find(name); watcher != watchers_.end() && watcher->second)
    watcher->second();
  return planted_.contains(name);
}

}  // namespace klamm::sim
