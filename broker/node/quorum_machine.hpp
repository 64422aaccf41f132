// The quorum's half of a node: the metadata log, the image that its committed records build, and the controller.
//
//   event                    what happens
//   ----------------------   --------------------------------------------------------------------------
//   a request                of the controllers' listener, or of this node's broker: handled
//   applied(end)             the controller hears that this broker serves everything below
//   records are committed    they go into the image, which is published; the controller answers who waited for that
//   this node leads          the controller becomes active
//   this node leads no more  the controller resigns: what it was asked is refused
//   another one is known to  `leads` tells the broker whom to ask; the controller refuses what waits for it
//   lead
//   tick                     elections, the sessions of brokers
//   other voters by the log  voting tells the node where they are
//   the metadata disk fails  failed: without its metadata the process has to end
#pragma once

#include <algorithm>
#include <vector>

#include "base/entropy.hpp"
#include "broker/api/controller/dispatch.hpp"
#include "broker/meta/controller.hpp"
#include "broker/meta/image_builder.hpp"
#include "broker/node/messages.hpp"
#include "broker/raft/quorum.hpp"

namespace klamm::broker::node {

class quorum_machine final : raft::quorum_listener, meta::metadata_log {
 public:
  quorum_machine(log::log_environment& environment, const instant& clock, const raft::identity& own,
                 raft::quorum_options options, raft::peers& peers, entropy_source& entropy,
                 const meta::config_map& configs, std::vector<to_data>& out);  // all outlive the machine

  void open() { quorum_.open(); }
  void on(to_quorum message);
  /// A request of the controllers' listener.
  result<void> serve(api::request asked, api::send_response send) {
    return controller_api::dispatch(std::move(asked), services_, std::move(send));
  }
  /// After each event: tells whom the broker has to ask, if that has changed.
  void settle();
  void tick() {
    quorum_.tick();
    controller_.tick();
  }
  time_point deadline() const { return std::min(quorum_.deadline(), controller_.deadline()); }
  void close(unique_function<void()> done) { quorum_.close(std::move(done)); }
  const raft::quorum& quorum() const { return quorum_; }

 private:
  void on_snapshot() override { committed_ = meta::image_builder(); }
  void on_committed(bytes_view value, offset at, leader_epoch epoch) override;
  void on_batch_end(offset last, leader_epoch epoch) override;
  void on_leader(leader_epoch epoch) override;
  void on_resigned(leader_epoch epoch) override;
  void on_voters(std::span<const raft::voter> voters) override;
  void on_failed(const error& why) override;
  std::vector<raft::record_value> snapshot_records() override;

  result<offset> append(std::span<const std::vector<std::byte>> records) override {
    return quorum_.append(records);
  }
  offset end() const override { return quorum_.end(); }
  leader_epoch epoch() const override { return quorum_.epoch(); }

  void answer_here(asked question);

  std::vector<to_data>& out_;
  raft::quorum quorum_;
  meta::controller controller_;
  meta::image_builder committed_;
  bool newer_ = false;  // than what was published
  leads told_;
  controller_api::services services_;
};

}  // namespace klamm::broker::node
