#include "broker/api/gathered.hpp"

namespace klamm::broker::api {
namespace {

/// Answered when the replicas of the last partition have deleted, too.
using operation = gathered<wire::delete_records_response>;

void delete_in(const std::shared_ptr<operation>& op, replica::partition& partition, offset before,
               millis timeout, wire::delete_records_response::delete_records_partition_result& to) {
  const auto start = partition.delete_records(before);
  to.error_code = start.code();
  if (!start) return;
  ++op->open;
  partition.await_deletion(*start, timeout, [op, &to](replica::deleted done) {
    to.error_code = done.failure;
    if (done.failure == error_code::none) to.low_watermark = done.low_watermark;
    op->finish_one();
  });
}

}  // namespace

void delete_records(const wire::delete_records_request& request, const caller&, services& node,
                    reply<wire::delete_records_response> answer) {
  const auto op = gather(std::move(answer));
  op->response.topics.resize(request.topics.size());
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& topic = request.topics[t];
    auto& to = op->response.topics[t];
    to.name = topic.name;
    to.partitions.resize(topic.partitions.size());
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const auto& asked = topic.partitions[i];
      auto& p = to.partitions[i];
      p.partition_index = asked.partition_index;
      p.low_watermark = offset(-1);
      auto* const partition = node.replicas.find(topic.name, asked.partition_index);
      p.error_code =
          partition ? partition->check_leader(leader_epoch()) : error_code::unknown_topic_or_partition;
      if (p.error_code == error_code::none) delete_in(op, *partition, asked.offset, request.timeout_ms, p);
    }
  }
  op->finish_one();
}

}  // namespace klamm::broker::api
