#include "broker/node/directory_reports.hpp"

#include "broker/meta/directories.hpp"
#include "broker/meta/node_list.hpp"

namespace klamm::broker::node {
namespace {

constexpr millis pause(500);

}  // namespace

void directory_reports::on_applied(const meta::image& before, const meta::image& after, const uuid& own) {
  own_ = own;
  if (before.topics == after.topics) return;
  for (const auto& [name, topic] : before.topics->by_name)
    if (after.topics->find(name) != topic) wrong_.erase(topic->id);
  for (const auto& [name, topic] : after.topics->by_name)
    if (before.topics->find(name) != topic) look_at(*topic);
}

void directory_reports::look_at(const meta::topic_image& topic) {
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const auto& partition = topic.partitions[i];
    if (!meta::holds(partition.replicas, self_) || meta::directory_of(partition, self_) == own_) continue;
    wrong_[topic.id].emplace_back(static_cast<std::int32_t>(i));
    due_ = true;
  }
}

void directory_reports::run() {
  if (!may_send() || clock_.steady < not_before_) return;
  due_ = false;
  in_flight_ = true;
  wire::assign_replicas_to_dirs_request request;
  request.broker_id = self_;
  request.broker_epoch = registered_.epoch();
  auto& directory = request.directories.emplace_back();
  directory.id = own_;
  for (const auto& [id, partitions] : wrong_) {
    auto& topic = directory.topics.emplace_back();
    topic.topic_id = id;
    for (const auto partition : partitions) topic.partitions.emplace_back().partition_index = partition;
  }
  channel_.ask(peer::lane::decisions, request, decision_timeout,
               [this](const result<wire::assign_replicas_to_dirs_response>& came) { on_answer(came); });
}

void directory_reports::on_answer(const result<wire::assign_replicas_to_dirs_response>& came) {
  in_flight_ = false;
  if (came && came->error_code == error_code::none) return;
  due_ = true;
  not_before_ = after(clock_.steady, pause);
}

}  // namespace klamm::broker::node
