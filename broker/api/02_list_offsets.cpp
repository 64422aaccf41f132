#include <functional>
#include <limits>
#include <set>

#include "broker/api/handlers.hpp"

namespace klamm::broker::api {
namespace {

// Timestamps with a meaning of their own.
constexpr timestamp latest(-1), earliest(-2), max_timestamp(-3), earliest_local(-4), latest_tiered(-5),
    earliest_pending_upload(-6);

constexpr api_version first_with_leader_epoch = 4, first_with_not_available = 5;

using partition_response = wire::list_offsets_response::list_offsets_partition_response;

struct operation {
  reply<wire::list_offsets_response> answer;
  wire::list_offsets_response response;
  std::size_t open = 1;

  api_version version = 0;
  bool by_follower = false;

  void finish_one() {
    if (--open > 0) return;
    for (auto& topic : response.topics)
      for (auto& partition : topic.partitions)
        if (version < first_with_leader_epoch) partition.leader_epoch = leader_epoch();
    answer(response);
  }
};
using operation_ptr = std::shared_ptr<operation>;

api_version first_version_of(timestamp asked) {
  if (asked < earliest_pending_upload) return std::numeric_limits<api_version>::max();  // what is to come
  if (asked == earliest_pending_upload) return 11;
  if (asked == latest_tiered) return 9;
  if (asked == earliest_local) return 8;
  return asked == max_timestamp ? 7 : 1;
}

/// A new leader does not know at first how much of what it took over is committed: its end would lie before what consumers have
/// read (KIP-207).
bool knows_end(const replica::partition& partition) {
  const leader_epoch before(partition.epoch().value - 1);
  return partition.high_watermark() >= partition.log().end_for_epoch(before).end;
}

void look_up(const operation_ptr& op, replica::partition& partition, timestamp asked, offset end,
             error_code unless_known, partition_response& to) {
  ++op->open;
  auto found = [op, unless_known, &to](result<std::optional<log::timestamp_offset>> looked_up) {
    if (!looked_up) {
      to.error_code = looked_up.code();
    } else if (*looked_up) {
      to.timestamp = (*looked_up)->timestamp;
      to.offset = (*looked_up)->offset;
      to.leader_epoch = (*looked_up)->leader_epoch;
    } else {
      to.error_code = unless_known;
    }
    op->finish_one();
  };
  if (asked == max_timestamp)
    partition.log().find_max_timestamp(end, std::move(found));
  else
    partition.log().find_timestamp(asked, end, std::move(found));
}

/// A follower asks how far the log goes, a consumer what it may read.
using end_of_what = std::function<offset(const replica::partition&)>;

end_of_what end_for(const wire::list_offsets_request& request) {
  if (request.replica_id.value >= 0) return [](const auto& partition) { return partition.log().end(); };
  const auto level = request.isolation_level == 1 ? replica::isolation::read_committed
                                                  : replica::isolation::read_uncommitted;
  return [level](const auto& partition) { return partition.readable_end(level); };
}

void answer_one(const operation_ptr& op, replica::partition& partition, timestamp asked,
                const end_of_what& end_of, partition_response& to) {
  const auto end = end_of(partition);
  const auto not_yet = op->version >= first_with_not_available ? error_code::offset_not_available
                                                               : error_code::leader_not_available;
  const auto unless_known = op->by_follower || knows_end(partition) ? error_code::none : not_yet;
  if (asked == latest && unless_known != error_code::none) {
    to.error_code = unless_known;
  } else if (asked == latest) {
    to.offset = end;
    to.leader_epoch = partition.epoch();
  } else if (asked == earliest || asked == earliest_local) {
    to.offset = partition.log().start();
    to.leader_epoch = partition.epoch();
  } else if (asked == latest_tiered || asked == earliest_pending_upload) {
    // nothing is tiered: -1
  } else {
    look_up(op, partition, asked, end, unless_known, to);
  }
}

}  // namespace

void list_offsets(const wire::list_offsets_request& request, const caller& from, services& node,
                  reply<wire::list_offsets_response> answer) {
  const auto op = std::make_shared<operation>(
      operation{std::move(answer), {}, 1, from.version, request.replica_id.value >= 0});
  const auto end = end_for(request);
  std::set<std::pair<std::string_view, partition_id>> seen, twice;
  for (const auto& topic : request.topics) {
    auto& to = op->response.topics.emplace_back();
    to.name = topic.name;
    to.partitions.resize(topic.partitions.size());
    for (const auto& partition : topic.partitions)
      if (const std::pair key{topic.name, partition.partition_index}; !seen.insert(key).second)
        twice.insert(key);
  }
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& topic = request.topics[t];
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const auto& asked = topic.partitions[i];
      auto& to = op->response.topics[t].partitions[i];
      to.partition_index = asked.partition_index;
      auto* const partition = node.replicas.find(topic.name, asked.partition_index);
      if (twice.contains({topic.name, asked.partition_index}))
        to.error_code = error_code::invalid_request;
      else if (from.version < first_version_of(asked.timestamp))
        to.error_code = error_code::unsupported_version;
      else if (!partition)
        to.error_code = error_code::unknown_topic_or_partition;
      else
        to.error_code = partition->check_leader(asked.current_leader_epoch);
      if (to.error_code == error_code::none) answer_one(op, *partition, asked.timestamp, end, to);
    }
  }
  op->finish_one();
}

}  // namespace klamm::broker::api
