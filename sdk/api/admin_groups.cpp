// Operations on groups. Some of them ask for several groups, one after the
// other's answer into one.
#include <algorithm>
#include <map>
#include <utility>

#include <klamm/admin.hpp>

#include "api/admin_client.hpp"
#include "api/admin_convert.hpp"

namespace klamm {
inline namespace v1 {

using api::administer;
using api::answered;
using api::defer;
using api::outcomes;
using client::administration;
using client::client_core;
using client::completion;

namespace {

using places_of_group = client::per_item<topic_partition, client::committed_offset>;
using ends = client::per_item<topic_partition, client::offset_at_time>;
using offsets_by_group = client::per_item<std::string, places_of_group>;

// Asks for the offsets of each group, and answers when the last has answered.
struct group_gathering {
  offsets_by_group found;
  std::size_t open;
  completion<offsets_by_group> done;
};

void gather(client_core& core, const std::vector<std::string>& groups, duration timeout,
            completion<offsets_by_group> done, instant now, link::net_effects& out) {
  auto all = std::make_shared<group_gathering>(group_gathering{{}, groups.size(), std::move(done)});
  for (const auto& group : groups) all->found.emplace_back(group, error(error_code::unknown_server_error));
  if (groups.empty()) return std::move(all->done)(std::move(all->found));
  for (std::size_t i = 0; i < groups.size(); ++i)
    core.administer(
        &administration::group_offsets_of, timeout,
        [all, i](result<places_of_group> places) {
          all->found[i].second = std::move(places);
          if (--all->open == 0) std::move(all->done)(std::move(all->found));
        },
        now, out, groups[i], std::vector<topic_partition>());
}

std::vector<TopicPartitionOffset> committed_places(const places_of_group& places) {
  std::vector<TopicPartitionOffset> all;
  for (const auto& [at, place] : places)
    if (place && place->next.value >= 0) all.push_back(api::to_public(*place));
  return all;
}

using lag_by_group = PerItem<std::string, std::vector<PartitionLag>>;

struct lag_answer {
  offsets_by_group committed;
  std::map<topic_partition, offset> ends;
};

lag_by_group lags(lag_answer answer) {
  return api::per_item_of<std::string, std::vector<PartitionLag>>(
      std::move(answer.committed), "read the lag of group", [&](const places_of_group& places) {
        std::vector<PartitionLag> all;
        for (const auto& place : committed_places(places)) {
          const auto end = answer.ends.find(api::to_internal(place.at));
          if (end == answer.ends.end()) continue;
          all.push_back({place.at, place.next, Offset(end->second.value),
                         std::max<std::int64_t>(0, end->second.value - place.next.value)});
        }
        return all;
      });
}

// The ends of everything that any of the groups has committed.
void ask_ends(client_core& core, offsets_by_group committed, duration timeout, completion<lag_answer> done,
              instant now, link::net_effects& out) {
  std::map<topic_partition, client::place> wanted;
  for (const auto& [group, places] : committed)
    if (places)
      for (const auto& [at, place] : *places) wanted.emplace(at, client::end{});
  std::vector<std::pair<topic_partition, client::place>> asked(wanted.begin(), wanted.end());
  core.list_offsets(
      std::move(asked), timeout,
      [committed = std::move(committed), done = std::move(done)](result<ends> found) mutable {
        if (!found) return std::move(done)(found.failure());
        lag_answer answer{std::move(committed), {}};
        for (const auto& [at, end] : *found)
          if (end) answer.ends.emplace(at, end->offset);
        std::move(done)(std::move(answer));
      },
      now, out);
}

}  // namespace

detail::Deferred<std::vector<GroupListing>> AdminGroups::defer_list_groups() {
  return administer<std::vector<GroupListing>>(*this, "list groups", &administration::list_groups,
                                               answered([](const auto& groups) {
                                                 auto all = api::publicly_each(groups);
                                                 std::ranges::sort(all, {}, &GroupListing::id);
                                                 return all;
                                               }));
}

detail::Deferred<PerItem<std::string, GroupDescription>> AdminGroups::defer_describe_groups(
    ListRef<std::string_view> groups) {
  return administer<PerItem<std::string, GroupDescription>>(
      *this, "describe groups", &administration::describe_groups,
      outcomes<std::string, GroupDescription>("describe group", api::publicly), api::to_strings(groups));
}

detail::Deferred<PerItem<std::string, void>> AdminGroups::defer_delete_groups(
    ListRef<std::string_view> groups) {
  return administer<PerItem<std::string, void>>(*this, "delete groups", &administration::delete_groups,
                                                outcomes<std::string>("delete group"),
                                                api::to_strings(groups));
}

detail::Deferred<PerItem<std::string, std::vector<TopicPartitionOffset>>>
AdminGroups::defer_committed_offsets(ListRef<std::string_view> groups) {
  using offsets = PerItem<std::string, std::vector<TopicPartitionOffset>>;
  const auto& by = detail::AdminClient::of(*this);
  return defer<offsets, offsets_by_group>(
      by.engine, "read committed offsets",
      [names = api::to_strings(groups), timeout = by.timeout](
          client_core& core, completion<offsets_by_group> done, instant now, link::net_effects& out) {
        gather(core, names, timeout, std::move(done), now, out);
      },
      [](result<offsets_by_group> found) {
        return api::per_item_of<std::string, std::vector<TopicPartitionOffset>>(
            *std::move(found), "read the offsets of group", committed_places);
      });
}

detail::Deferred<PerItem<TopicPartition, void>> AdminGroups::defer_reset_offsets(
    std::string_view group, ListRef<TopicPartitionOffset> offsets) {
  std::vector<client::committed_offset> places;
  for (const auto& place : offsets) places.push_back(api::to_internal(place));
  return administer<PerItem<TopicPartition, void>>(
      *this, "reset offsets", &administration::alter_group_offsets,
      outcomes<TopicPartition>("reset the offset of"), std::string(group), std::move(places));
}

detail::Deferred<PerItem<TopicPartition, void>> AdminGroups::defer_delete_offsets(
    std::string_view group, ListRef<TopicPartition> of) {
  return administer<PerItem<TopicPartition, void>>(
      *this, "delete offsets", &administration::delete_group_offsets,
      outcomes<TopicPartition>("delete the offset of"), std::string(group), api::to_internal(of));
}

detail::Deferred<PerItem<std::string, void>> AdminGroups::defer_remove_members(
    std::string_view group, ListRef<GroupMemberId> members) {
  std::vector<client::admin::leaving_member> asked;
  for (const auto& m : members) asked.push_back({m.member_id, m.group_instance_id});
  return administer<PerItem<std::string, void>>(*this, "remove members", &administration::remove_members,
                                                outcomes<std::string>("remove member"), std::string(group),
                                                std::move(asked));
}

detail::Deferred<lag_by_group> AdminGroups::defer_group_lag(ListRef<std::string_view> groups) {
  const auto& by = detail::AdminClient::of(*this);
  return defer<lag_by_group, lag_answer>(
      by.engine, "read a group's lag",
      [names = api::to_strings(groups), timeout = by.timeout, engine = by.engine](
          client_core& core, completion<lag_answer> done, instant now, link::net_effects& out) {
        auto then = [engine, timeout, done = std::move(done)](result<offsets_by_group> found) mutable {
          engine->post([found = std::move(found), timeout, done = std::move(done)](
                           client_core& c, instant n, link::net_effects& o) mutable {
            ask_ends(c, *std::move(found), timeout, std::move(done), n, o);
          });
        };
        gather(core, names, timeout, std::move(then), now, out);
      },
      [](result<lag_answer> answer) { return lags(*std::move(answer)); });
}

}  // namespace v1
}  // namespace klamm
