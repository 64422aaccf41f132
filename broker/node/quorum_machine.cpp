#include "broker/node/quorum_machine.hpp"

#include "broker/meta/image_records.hpp"

namespace klamm::broker::node {

quorum_machine::quorum_machine(log::log_environment& environment, const instant& clock,
                               raft::quorum_options options, raft::peers& peers, entropy_source& entropy,
                               const meta::config_map& own, std::vector<to_data>& out)
    : out_(out),
      quorum_(environment, clock, options, peers, *this),
      controller_(*this, entropy, own, options.self) {}

void quorum_machine::on(to_quorum message) {
  if (auto* const asked = std::get_if<command>(&message))
    asked->run(controller_);
  else
    controller_.on_applied(std::get<applied>(message).end);
}

void quorum_machine::on_committed(bytes_view value, offset at, leader_epoch epoch) {
  const auto record = meta::decode_record(value);
  if (!record) return on_failed(record.failure());
  committed_.replay(*record, at, epoch);
}

void quorum_machine::on_batch_end(offset last, leader_epoch epoch) {
  committed_.replay(std::monostate(), last, epoch);
  if (caught_up_) publish();
}

void quorum_machine::on_leader(leader_epoch) {
  caught_up_ = true;
  publish();
  controller_.activate(committed_.current());
}

void quorum_machine::on_resigned(leader_epoch) { controller_.resign(); }

void quorum_machine::publish() { out_.push_back(published{committed_.publish()}); }

void quorum_machine::on_failed(const error& why) {
  controller_.resign();
  out_.push_back(failed{why});
}

std::vector<raft::record_value> quorum_machine::snapshot_records() {
  return meta::encode_image(committed_.current());
}

}  // namespace klamm::broker::node
