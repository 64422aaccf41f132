#include "broker/node/quorum_machine.hpp"

#include "broker/meta/image_records.hpp"

namespace klamm::broker::node {

quorum_machine::quorum_machine(log::log_environment& environment, const instant& clock,
                               const raft::identity& own, raft::quorum_options options, raft::peers& peers,
                               entropy_source& entropy, const meta::config_map& configs,
                               std::vector<to_data>& out)
    : out_(out),
      quorum_(environment, clock, std::move(options), peers, *this),
      controller_(*this, clock, entropy, environment.random.fork(), configs, own.self.id, own.cluster_id),
      services_{own, clock, quorum_, controller_, [this] { return committed_.publish(); }, configs} {
  controller_.set_faults(environment.faults);
}

void quorum_machine::on(to_quorum message) {
  if (auto* const question = std::get_if<asked>(&message))
    answer_here(std::move(*question));
  else
    controller_.on_applied(std::get<applied>(message).end);
}

/// The broker's half of this node asks: an answer goes back to it as a message.
void quorum_machine::answer_here(asked question) {
  if (!controller_.active())
    return out_.push_back(answered{std::move(question.send), error(error_code::not_controller)});
  auto back = [this, send = question.send](result<byte_chain> body) {
    out_.push_back(answered{send, std::move(body)});
  };
  const auto served = serve(std::move(question.what), std::move(back));
  if (!served) out_.push_back(answered{std::move(question.send), served.failure()});
}

void quorum_machine::settle() {
  if (std::exchange(newer_, false)) out_.push_back(published{committed_.publish()});
  const auto leader = quorum_.leader_id();
  const bool here = leader == services_.own.self.id;
  const leads now{here && !controller_.active() ? node_id() : leader};
  if (now == told_) return;
  told_ = now;
  out_.push_back(now);
  if (!here && leader.value >= 0) controller_.on_other_leader();
}

void quorum_machine::on_committed(bytes_view value, offset at, leader_epoch epoch) {
  const auto record = meta::decode_record(value);
  if (!record) return on_failed(record.failure());
  committed_.replay(*record, at, epoch);
}

void quorum_machine::on_batch_end(offset last, leader_epoch epoch) {
  committed_.replay(std::monostate(), last, epoch);
  newer_ = true;
  controller_.on_committed(last + 1);
}

void quorum_machine::on_leader(leader_epoch) { controller_.activate(committed_.current()); }

void quorum_machine::on_resigned(leader_epoch) { controller_.resign(); }

void quorum_machine::on_voters(std::span<const raft::voter> voters) {
  out_.push_back(voting{{voters.begin(), voters.end()}, quorum_.kraft_version()});
}

void quorum_machine::on_failed(const error& why) {
  controller_.resign();
  out_.push_back(failed{why});
}

std::vector<raft::record_value> quorum_machine::snapshot_records() {
  return meta::encode_image(committed_.current());
}

}  // namespace klamm::broker::node
