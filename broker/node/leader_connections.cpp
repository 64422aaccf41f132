#include "broker/node/leader_connections.hpp"

namespace klamm::broker::node {
namespace {

constexpr timestamp latest(-1), earliest(-2);
constexpr millis answer_timeout(5000);  // besides how long the leader may wait

result<offset> offset_in(const result<wire::list_offsets_response>& came) {
  if (!came) return came.failure();
  if (came->topics.size() != 1 || came->topics.front().partitions.size() != 1)
    return error(error_code::malformed_response, "the answer does not name the partition");
  const auto& said = came->topics.front().partitions.front();
  if (said.error_code != error_code::none) return {said.error_code};
  return said.offset;
}

}  // namespace

void leader_connections::fetch(node_id leader, wire::fetch_request request, replica::fetched_handler done) {
  const auto timeout = request.max_wait_ms + answer_timeout;
  links_.send({leader, peer::lane::records},
              {wire::fetch_request::api,
               [request = std::move(request)](wire::writer& to, api_version version) {
                 encode(to, request, version);
               },
               timeout,
               [done = std::move(done)](result<link::response> came) mutable {
                 auto response = peer::decoded<wire::fetch_response>(came);
                 if (!response) return done(response.failure());
                 done(replica::fetched{came->frame, *std::move(response)});
               }},
              clock_.steady);
}

void leader_connections::range(node_id leader, const replica::range_question& asked,
                               replica::range_handler done) {
  ask_offset(leader, asked, earliest,
             [this, leader, asked, done = std::move(done)](result<offset> start) mutable {
               if (!start) return done(start.failure());
               ask_offset(leader, asked, latest,
                          [start = *start, done = std::move(done)](result<offset> end) mutable {
                            if (!end) return done(end.failure());
                            done(replica::leader_range{start, *end});
                          });
             });
}

void leader_connections::ask_offset(node_id leader, const replica::range_question& asked, timestamp which,
                                    offset_handler done) {
  auto make = [asked, which, self = self_](wire::writer& to, api_version version) {
    wire::list_offsets_request request;
    request.replica_id = self;
    auto& topic = request.topics.emplace_back();
    topic.name = asked.partition.topic;
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = asked.partition.partition;
    partition.current_leader_epoch = asked.leader_epoch;
    partition.timestamp = which;
    encode(to, request, version);
  };
  links_.send({leader, peer::lane::records},
              {wire::list_offsets_request::api, std::move(make), answer_timeout,
               [done = std::move(done)](const result<link::response>& came) mutable {
                 done(offset_in(peer::decoded<wire::list_offsets_response>(came)));
               }},
              clock_.steady);
}

}  // namespace klamm::broker::node
