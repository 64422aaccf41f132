#include "broker/api/handlers.hpp"
#include "broker/meta/topic_name.hpp"

namespace klamm::broker::api {
namespace {

constexpr api_version first_with_topic_ids = 13;
constexpr api_version first_with_zstd = 7;

/// A Produce whose partitions are being appended to: answered when the last one is done, or when its time is up.
struct operation {
  reply<wire::produce_response> answer;
  wire::produce_response response;
  std::vector<std::string> messages;
  std::size_t open = 0;
  timers::handle time_limit = {};

  void finish_one() {
    if (--open == 0 && answer.pending()) answer(response);
  }
  void time_out() {
    if (!answer.pending()) return;
    answer(response);  // what is not done yet still says REQUEST_TIMED_OUT
  }
};
using operation_ptr = std::shared_ptr<operation>;

replica::partition* find(const services& node, const caller& from, const auto& topic, partition_id id) {
  return from.version >= first_with_topic_ids ? node.replicas.find(topic.topic_id, id)
                                              : node.replicas.find(topic.name, id);
}

error_code why_not_here(const services& node, const caller& from, const auto& topic, partition_id id) {
  if (node.replicas.offline()) return error_code::kafka_storage_error;
  const bool by_id = from.version >= first_with_topic_ids;
  const auto known =
      by_id ? node.metadata->topics->find(topic.topic_id) : node.metadata->topics->find(topic.name);
  if (known && known->partition(id)) return error_code::not_leader_or_follower;
  return known || !by_id ? error_code::unknown_topic_or_partition : error_code::unknown_topic_id;
}

void record(operation& op, wire::produce_response::partition_produce_response& to, replica::produced done) {
  to.error_code = done.failure;
  if (done.failure == error_code::none) {
    to.base_offset = done.base;
    to.log_append_time_ms = done.append_time;
    to.log_start_offset = done.log_start;
  } else if (!done.message.empty()) {
    to.error_message = op.messages.emplace_back(std::move(done.message));
  }
}

/// Coordinators alone write what only they can read. Kafka's administration client may, by its name.
bool is_kept_from(const caller& from, std::string_view topic) {
  constexpr std::string_view administration = "__admin_client";
  return meta::is_internal_topic(topic) && from.client_id != administration;
}

bool valid_acks(std::int16_t acks) { return acks >= -1 && acks <= 1; }

}  // namespace

void produce(const wire::produce_request& request, const caller& from, services& node,
             reply<wire::produce_response> answer) {
  const auto op = std::make_shared<operation>(operation{std::move(answer), {}, {}, 1, {}});
  std::size_t partitions = 0;
  for (const auto& topic : request.topic_data) {
    auto& to = op->response.responses.emplace_back();
    to.name = topic.name;
    to.topic_id = topic.topic_id;
    for (const auto& data : topic.partition_data) {
      auto& p = to.partition_responses.emplace_back();
      p.index = data.index;
      p.base_offset = offset(-1);
      p.error_code =
          valid_acks(request.acks) ? error_code::request_timed_out : error_code::invalid_required_acks;
      ++partitions;
    }
  }
  if (!valid_acks(request.acks)) return op->finish_one();
  op->messages.reserve(partitions);  // responses view them
  const replica::produce_how how{.acks = static_cast<replica::required_acks>(request.acks),
                                 .transactional = request.transactional_id.has_value(),
                                 .zstd_allowed = from.version >= first_with_zstd};
  for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
    const auto& topic = request.topic_data[t];
    for (std::size_t i = 0; i < topic.partition_data.size(); ++i) {
      const auto& data = topic.partition_data[i];
      auto& to = op->response.responses[t].partition_responses[i];
      auto* const partition = find(node, from, topic, data.index);
      if (!partition) {
        to.error_code = why_not_here(node, from, topic, data.index);
        continue;
      }
      if (is_kept_from(from, partition->name().topic)) {
        to.error_code = error_code::invalid_topic_exception;
        continue;
      }
      ++op->open;
      partition->produce(data.records ? data.records->joined() : buffer_slice(), how, node.compressor,
                         node.clock, [op, &to](replica::produced done) {
                           if (op->answer.pending()) record(*op, to, std::move(done));
                           op->finish_one();
                         });
    }
  }
  if (op->open > 1 && request.acks != 0)
    op->time_limit = node.clockwork.call_at(after(node.clock.steady, request.timeout_ms),
                                            [op = op.get()] { op->time_out(); });
  op->finish_one();
}

}  // namespace klamm::broker::api
