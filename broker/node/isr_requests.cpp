#include "broker/node/isr_requests.hpp"

namespace klamm::broker::node {
namespace {

constexpr backoff_options backoff{millis(50), millis(1000)};

replica::isr_decision decision_of(const wire::alter_partition_response::partition_data& said) {
  return {said.leader_id, said.leader_epoch, said.partition_epoch,
          static_cast<replica::leader_recovery>(said.leader_recovery_state), said.isr};
}

}  // namespace

void isr_requests::propose(replica::isr_proposal proposal, replica::isr_handler decided) {
  const key name{proposal.topic_id, proposal.partition.partition};
  waiting_.insert_or_assign(name, proposed{std::move(proposal), std::move(decided)});
}

void isr_requests::run() {
  if (!may_send() || !retry_.due(clock_.steady)) return;
  sent_ = std::exchange(waiting_, {});
  in_flight_ = true;
  channel_.ask(peer::lane::decisions, request(), decision_timeout,
               [this](const result<wire::alter_partition_response>& came) { on_answer(came); });
}

wire::alter_partition_request isr_requests::request() const {
  wire::alter_partition_request to;
  to.broker_id = self_;
  to.broker_epoch = registered_.epoch();
  for (const auto& [name, one] : sent_) {
    if (to.topics.empty() || to.topics.back().topic_id != name.first)
      to.topics.emplace_back().topic_id = name.first;
    auto& partition = to.topics.back().partitions.emplace_back();
    partition.partition_index = name.second;
    partition.leader_epoch = one.what.leader_epoch;
    partition.partition_epoch = one.what.partition_epoch;
    partition.leader_recovery_state = static_cast<std::int8_t>(one.what.recovery);
    for (const auto& member : one.what.isr) {
      auto& broker = partition.new_isr_with_epochs.emplace_back();
      broker.broker_id = member.id;
      broker.broker_epoch = member.broker_epoch;
    }
  }
  return to;
}

void isr_requests::on_answer(const result<wire::alter_partition_response>& came) {
  in_flight_ = false;
  auto sent = std::exchange(sent_, {});
  if (!came || came->error_code != error_code::none) return again(std::move(sent));
  retry_.succeeded();
  for (const auto& topic : came->topics) {
    for (const auto& said : topic.partitions) {
      auto found = sent.extract({topic.topic_id, said.partition_index});
      if (found.empty()) continue;
      auto& decided = found.mapped().decided;
      said.error_code == error_code::none ? decided(decision_of(said)) : decided(said.error_code);
    }
  }
  // What the answer does not name is as unknown as before.
  for (auto& [name, one] : sent) one.decided(error_code::unknown_server_error);
}

void isr_requests::again(proposals sent) {
  retry_.failed(backoff, random_, clock_.steady);
  waiting_.merge(sent);  // newer ones stay
}

}  // namespace klamm::broker::node
