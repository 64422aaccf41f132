// One partition of __consumer_offsets that this node leads, and the coordinator of its groups.
//
//   event          loading                                              active
//   ------------   --------------------------------------------------   ---------------------------------------------
//   load           the log is read from its start                       -
//   records read   replayed; at the log's end: active                   -
//   a command      COORDINATOR_LOAD_IN_PROGRESS                         its records are appended and replayed at once
//   a commit       -                                                    what waited for it is answered
//   unload, or     NOT_COORDINATOR from now on                          the same; parked answers too
//   a record that
//   is unreadable  which is logged
#pragma once

#include "base/log_sink.hpp"
#include "broker/coordinator/partition.hpp"
#include "broker/group/group_coordinator.hpp"
#include "broker/replica/partition.hpp"
#include "wire/compression.hpp"

namespace klamm::broker::node {

class group_shard final : coordinator::partition {
 public:
  /// All outlive the shard but `replica`: see unload().
  group_shard(replica::partition& replica, group::group_options options, entropy_source& entropy,
              wire::compressor& compressor, const instant& clock, log_sink& sink = silent_log(),
              fault_injector* faults = nullptr);
  ~group_shard() override;

  /// `active` when it is; never if it is unloaded before.
  void load(unique_function<void()> active = [] {});
  /// The replica is no longer led here, or about to go.
  void unload();
  /// NONE: active; else what commands are answered.
  error_code state() const { return state_; }
  group::group_coordinator& coordinator() { return groups_; }

 private:
  partition_id id() const override { return replica_->name().partition; }
  result<offset> append(std::span<const coordinator::new_record> records, instant now) override;
  offset high_watermark() const override { return replica_->high_watermark(); }

  void read_on();
  void become_active();
  void on_read(result<log::read_result> read);
  void on_unreadable(const error& why);
  result<void> replay(const byte_chain& batches);
  result<void> replay(const wire::batch_view& batch);

  replica::partition* replica_;
  wire::compressor& compressor_;
  const instant& clock_;
  group::group_coordinator groups_;
  offset next_{0};  // to be replayed
  log_sink& sink_;
  error_code state_ = error_code::coordinator_load_in_progress;
  bool in_read_ = false, answered_ = false;  // see read_on()
  unique_function<void()> active_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace klamm::broker::node
