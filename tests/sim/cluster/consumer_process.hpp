// An application that consumes: takes leases, passes records, commits what it has passed, answers rebalances.
//
//   as a member   the group assigns; positions come from commits; the ledger watches. It may leave in good order
//   as a drain    reads given partitions from their start to the ends that the broker names, beside every group
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "handoff/fetch_queue.hpp"
#include "tests/sim/cluster/client_process.hpp"

namespace klamm::sim {

class consumer_process final : public client_process {
 public:
  enum class role { member, drain };

  consumer_process(stage& on, host_id at, role as);
  ~consumer_process() override;

  void begin();
  /// Commits and leaves the group. Over when left().
  void leave();
  bool left() const { return left_; }

  /// Asks for the ends of all partitions; has_ends() then.
  void ask_ends();
  bool has_ends() const { return ends_.size() == static_cast<std::size_t>(stage_.how.partitions); }
  const std::map<topic_partition, offset>& ends() const { return ends_; }
  /// Of the partitions that are assigned.
  std::map<topic_partition, offset> positions() const;
  /// How it waits for records of the partition: for a report.
  std::string describe(const topic_partition& at) const;
  /// What reading came upon that is not its to bear: damaged records, failures that a poll showed.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  class watched_queue;

  void poll();
  void show(handoff::lease& from);
  void commit(unique_function<void()> then);
  void commit_now_and_then();
  void send_commit();
  void answer_rebalances();
  void on_commit(const std::vector<client::committed_offset>& asked, const result<void>& outcome);

  const role role_;
  const int reader_;
  std::uint64_t polls_ = 0;
  std::unique_ptr<watched_queue> sink_;
  std::deque<client::rebalance_event> rebalances_;
  bool answering_ = false;
  bool committing_ = false;
  std::vector<unique_function<void()>> after_commit_;
  std::map<topic_partition, offset> ends_;
  std::vector<std::string> faults_;
  bool leaving_ = false, left_ = false;
};

}  // namespace klamm::sim
