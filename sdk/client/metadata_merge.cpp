#include "client/metadata_merge.hpp"

#include <algorithm>
#include <map>

namespace klamm::client {
namespace {

using said_topic = wire::metadata_response::metadata_response_topic;
using said_partition = wire::metadata_response::metadata_response_partition;
using topic_ptr = std::shared_ptr<const topic_view>;

partition_view read_partition(const said_partition& said) {
  partition_view out{said.partition_index, said.leader_id,        said.leader_epoch, said.replica_nodes,
                     said.isr_nodes,       said.offline_replicas, said.error_code};
  // A leader that the broker itself calls missing is none, whatever id stands beside it.
  if (said.error_code == error_code::leader_not_available) out.leader = node_id{};
  return out;
}

bool is_older(leader_epoch said, leader_epoch known) { return said.value >= 0 && said < known; }

topic_view read_topic(const said_topic& said) {
  topic_view out{std::string(*said.name), said.topic_id, said.error_code, said.is_internal, {}};
  for (const auto& p : said.partitions) {
    const auto at = static_cast<std::size_t>(p.partition_index.value);
    // Complete from 0 up; a hostile index beyond the count has no place.
    if (p.partition_index.value < 0 || at >= said.partitions.size()) continue;
    out.partitions.resize(said.partitions.size());
    out.partitions[at] = read_partition(p);
  }
  for (std::size_t i = 0; i < out.partitions.size(); ++i)
    out.partitions[i].id = partition_id(static_cast<std::int32_t>(i));
  return out;
}

/// Ids never come back: who tells an earlier one has not heard of the topic that has the name now.
std::vector<uuid> earlier_ids(const topic_ptr& known, const uuid& now) {
  constexpr std::size_t most = 4;
  if (!known) return {};
  auto ids = known->earlier_ids;
  if (known->id.is_zero() || now.is_zero() || known->id == now) return ids;
  ids.push_back(known->id);
  if (ids.size() > most) ids.erase(ids.begin());
  return ids;
}

}  // namespace

topic_ptr merge_topic(const topic_ptr& known, const said_topic& said) {
  auto fresh = read_topic(said);
  if (known && std::ranges::find(known->earlier_ids, fresh.id) != known->earlier_ids.end()) return known;
  fresh.earlier_ids = earlier_ids(known, fresh.id);
  const bool same = known && (known->id == fresh.id || known->id.is_zero() || fresh.id.is_zero());
  if (fresh.error != error_code::none) {
    const bool passing = retriable(fresh.error);
    topic_view kept = passing && known ? *known : topic_view{fresh.name, fresh.id, {}, fresh.internal, {}};
    kept.error = fresh.error;
    if (!passing) kept.partitions.clear();
    kept.earlier_ids = fresh.earlier_ids;
    return std::make_shared<const topic_view>(std::move(kept));
  }
  if (same) {
    if (fresh.id.is_zero()) fresh.id = known->id;
    for (auto& p : fresh.partitions)
      if (const auto* before = known->find(p.id); before && is_older(p.leader_epoch, before->leader_epoch))
        p = *before;
    // One broker's view with fewer partitions is stale: partitions are never taken away.
    for (auto i = fresh.partitions.size(); i < known->partitions.size(); ++i)
      fresh.partitions.push_back(known->partitions[i]);
  }
  return std::make_shared<const topic_view>(std::move(fresh));
}

snapshot_ptr merge_metadata(const metadata_snapshot& known, const wire::metadata_response& said,
                            const std::function<bool(std::string_view)>& keep) {
  auto out = std::make_shared<metadata_snapshot>();
  out->version = known.version + 1;
  out->cluster_id = said.cluster_id ? std::string(*said.cluster_id) : known.cluster_id;
  out->controller = said.controller_id;
  for (const auto& b : said.brokers) {
    const auto rack = b.rack ? std::optional<std::string>(*b.rack) : std::nullopt;
    out->brokers.push_back({b.node_id, {std::string(b.host), static_cast<std::uint16_t>(b.port)}, rack});
  }
  std::ranges::sort(out->brokers, {}, &broker_view::id);

  std::map<std::string_view, topic_ptr> topics;
  for (const auto& t : known.topics)
    if (keep(t->name)) topics[t->name] = t;
  for (const auto& t : said.topics) {
    if (!t.name || !keep(*t.name)) continue;
    auto& place = topics[*t.name];
    place = merge_topic(place, t);
  }
  for (auto& [name, topic] : topics) out->topics.push_back(std::move(topic));
  return out;
}

snapshot_ptr merge_leader(const metadata_snapshot& known, const topic_partition& of, node_id leader,
                          leader_epoch epoch) {
  const auto* topic = known.find(of.topic);
  const auto* partition = topic ? topic->find(of.partition) : nullptr;
  if (!partition || leader.value < 0 || epoch <= partition->leader_epoch || !known.find(leader))
    return nullptr;
  auto changed = std::make_shared<topic_view>(*topic);
  auto& entry = changed->partitions[static_cast<std::size_t>(of.partition.value)];
  entry.leader = leader;
  entry.leader_epoch = epoch;
  auto out = std::make_shared<metadata_snapshot>(known);
  ++out->version;
  for (auto& t : out->topics)
    if (t->name == of.topic) t = changed;
  return out;
}

snapshot_ptr merge_refusal(const metadata_snapshot& known, const std::set<std::string, std::less<>>& topics,
                           error_code why) {
  auto out = std::make_shared<metadata_snapshot>(known);
  ++out->version;
  for (const auto& name : topics)
    if (!known.find(name))
      out->topics.push_back(std::make_shared<const topic_view>(topic_view{name, {}, why, false, {}}));
  std::ranges::sort(out->topics, {}, [](const auto& topic) -> const std::string& { return topic->name; });
  return out;
}

}  // namespace klamm::client
