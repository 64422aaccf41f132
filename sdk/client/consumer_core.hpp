// The consumer's machines together: who is assigned what (by hand or by the group), from where it is fetched, what is committed.
//
//   event                       what happens
//   -------------------------   ---------------------------------------------------------------------------
//   assign                      a subscription ends; partitions come and go
//   subscribe                   partitions assigned by hand go; the group assigns
//   the coordinator cannot      where that may be: the classic protocol, from then on
//     assign (KIP-848)
//   a partition is assigned     its committed offset is asked for, where there is a group; else the reset policy
//   commit is refused           the member is told of what concerns it: it may have to join again
//   auto_commit has passed      what settled since the last time is committed, unless more was committed by hand; a failure waits
//                               for the next time
#pragma once

#include <memory>

#include "client/asked_commits.hpp"
#include "client/completion.hpp"
#include "client/fetcher.hpp"
#include "client/group_member.hpp"
#include "client/group_offsets.hpp"

namespace klamm::client {

class consumer_core {
 public:
  consumer_core(const consumer_options& options, const connection_options& connection, broker_pool& pool,
                metadata& known, requester& requests, group_offsets& offsets, offset_lookup& lookup,
                fetch_sink& sink, completion_queue& completions, rng random,
                fault_injector* faults = nullptr);

  /// An empty one: nothing any more.
  void subscribe(subscription to, instant now);
  void assign(const std::vector<topic_partition>& partitions, instant now);
  void seek(const std::vector<seek_command>& to);
  void pause(const std::vector<topic_partition>& partitions, bool paused);
  void rebalance_done(std::uint64_t id, instant now) { member_->rebalance_done(id, now); }
  void commit(std::vector<committed_offset> offsets, time_point deadline, completion<void> done,
              commit_origin origin);
  void committed(std::vector<topic_partition> of, time_point deadline,
                 completion<per_item<topic_partition, committed_offset>> done);
  /// In whose name offsets are committed now.
  committer identity() const { return committing()().as; }
  void leave(time_point deadline, unique_function<void(result<void>, instant)> done, instant now);

  void pump(instant now);
  time_point deadline(time_point now) const;
  measured_consumer measure(time_point now) const;
  const positions::map& assigned() const { return positions_.all(); }

 private:
  using asked_assignments = std::map<topic_partition, position_epoch>;
  struct auto_commit_place {
    position_epoch life;
    offset next;
    bool operator==(const auto_commit_place&) const = default;
  };

  committer_source committing() const {
    return member_->subscribed() ? member_->committing() : [] { return committer_now{}; };
  }
  std::unique_ptr<group_member> make_member(membership_protocol which);
  bool in_group() const { return !options_.group.group_id.empty(); }
  error no_group() const;
  void stop_subscription(instant now);
  /// Of each partition: which commit it was, and what its last try said.
  struct told_commit {
    asked_commits::number asked;
    asked_commits::entry said;
  };
  struct told_commits {
    committer as;
    commit_origin origin;
    std::map<topic_partition, told_commit> of{};
  };
  void on_commit(const told_commits& told, per_item<topic_partition, void>& came, completion<void> done,
                 instant now);
  std::optional<auto_commit_place> auto_committable(const committed_offset& place);
  std::vector<committed_offset> to_auto_commit() const;
  void send_commit(std::vector<committed_offset> offsets, time_point deadline, completion<void> done,
                   commit_origin origin);
  bool stands_by_itself(const committed_offset& place) const;
  bool is_behind_a_commit(const committed_offset& place) const;
  bool is_there(const topic_partition& at) const;
  bool is_of_a_topic_before(const topic_partition& at) const;
  void auto_commit(instant now);
  void ask_committed(instant now);
  void on_committed(const asked_assignments& asked,
                    const result<per_item<topic_partition, committed_offset>>& came, instant now);

  const consumer_options& options_;
  const connection_options& connection_;
  broker_pool& pool_;
  metadata& metadata_;
  requester& requests_;
  group_offsets& offsets_;
  fetch_sink& sink_;
  completion_queue& completions_;
  fault_injector* faults_;
  positions positions_;
  fetcher fetcher_;
  rng member_random_;
  subscription subscription_;
  std::unique_ptr<group_member> member_;
  time_point next_commit_ = never;
  std::uint64_t commits_ = 0, failed_commits_ = 0;
  std::map<topic_partition, auto_commit_place> auto_committed_;
  asked_commits asked_commits_;
};

}  // namespace klamm::client
