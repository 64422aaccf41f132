#include "cli/group_seek.hpp"

#include <algorithm>
#include <iostream>

#include <klamm/admin.hpp>

#include "cli/exit_code.hpp"
#include "cli/position.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

using offsets = PerItem<TopicPartition, OffsetInfo>;

class places {
 public:
  places(Admin& admin, std::vector<TopicPartition> all, const position& to)
      : all_(std::move(all)),
        to_(to),
        first_(ask(admin, {.at = OffsetSpec::to_earliest})),
        last_(ask(admin, {.at = OffsetSpec::to_latest})) {
    if (to.at == position::time) timed_ = ask(admin, {.at = OffsetSpec::time, .timestamp = to.from});
  }

  /// Throws where a partition's offsets could not be had.
  std::vector<TopicPartitionOffset> resolve() const {
    std::vector<TopicPartitionOffset> found;
    for (const auto& at : all_) {
      const auto first = place_in(first_, at), last = place_in(last_, at);
      found.push_back({.at = at, .next = Offset(std::clamp(wish(at, first, last), first, last))});
    }
    return found;
  }

 private:
  offsets ask(Admin& admin, OffsetSpec spec) const {
    std::vector<std::pair<TopicPartition, OffsetSpec>> asked;
    asked.reserve(all_.size());
    for (const auto& at : all_) asked.emplace_back(at, spec);
    return admin.list_offsets(asked);
  }
  static std::int64_t place_in(const offsets& of, const TopicPartition& at) {
    const auto& found = of[at];
    if (!found) throw Exception(found.error());
    return found->offset.value;
  }
  std::int64_t wish(const TopicPartition& at, std::int64_t first, std::int64_t last) const {
    switch (to_.at) {
      case position::start: return first;
      case position::end: return last;
      case position::offset: return to_.number;
      case position::before_end: return last - to_.number;
      case position::time: break;
    }
    const auto then = place_in(timed_, at);
    return then < 0 ? last : then;  // nothing is that late
  }

  std::vector<TopicPartition> all_;
  position to_;
  offsets first_, last_, timed_;
};

std::vector<TopicPartition> partitions_of(Admin& admin, const std::vector<std::string>& topics) {
  const std::vector<std::string_view> names(topics.begin(), topics.end());
  std::vector<TopicPartition> all;
  for (const auto& [name, topic] : admin.describe_topics(names).values())
    for (const auto& p : topic.partitions) all.push_back({name, p.partition});
  return all;
}

}  // namespace

int seek_group(const session& in, const seek_arguments& wanted) {
  const auto to = of_option("--to", [&] {
    return parse_position(wanted.to, std::chrono::floor<Millis>(std::chrono::system_clock::now()));
  });
  if (to.until) throw CLI::ValidationError("--to", "one time, not a range: \"" + wanted.to + '"');
  auto rows = in.rows({"group", "topic", "partition", "offset"});
  if (!in.confirm("Move group " + wanted.group + " to " + wanted.to + '?')) return usage;
  Admin admin(in.client());
  const auto goals = places(admin, partitions_of(admin, wanted.topics), to).resolve();
  const auto moved = admin.reset_offsets(wanted.group, goals);
  for (const auto& goal : goals)
    if (moved[goal.at]) rows.add({wanted.group, goal.at.topic, goal.at.partition.value, goal.next.value});
  if (!rows.empty()) rows.print(std::cout);
  // All of a group or nothing: with members it takes no offsets from others.
  if (std::ranges::any_of(moved, [](const auto& one) {
        return !one.second && one.second.error() == errc::unknown_member_id;
      })) {
    std::cerr << "kcli: group " << wanted.group
              << " still has members; stop them first (UNKNOWN_MEMBER_ID)\n";
    return item_failed;
  }
  return report(moved);
}

}  // namespace klamm::cli
