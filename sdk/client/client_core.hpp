// One client of a cluster, as one machine: metadata, connections, and, where options ask for them, a producer
// and a consumer; every client can do administration. It runs on one thread: events of the network and
// commands come one at a time, each with the time, and leave effects behind. The driver carries the effects
// out and then calls completions().run().
//
//   from the hand-off (commands)                           answered by
//   ---------------------------------------------------- ----------------------------------------------------
//   want_topic           a topic is used                   a snapshot that has it (or its error)
//   records_ready        collect_ready has something       drained_batch::acknowledged / failed
//   begin_, end_...      a transaction (transaction.hpp)   completion; without a deadline, who waits has one
//   close                flush, leave, until a deadline    completion, at the deadline at the latest
//   (measure_every)      passed again                      measurement_sink::measured
//   subscribe, assign    what to consume                   fetch_sink::rebalance, assigned, unassigned
//   seek, pause, resume  positions                         fetch_sink::positioned
//   room_freed           the loop took records             more of fetch_sink::deliver
//   rebalance_done       the application's callback ran    the group's next step
//   commit, committed, list_offsets, create_topics ...     completion
//
// A command for something the client was not configured with (commit without a group id) completes with
// `invalid_options`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/faults.hpp"
#include "base/log_sink.hpp"
#include "client/batch_source.hpp"
#include "client/commands.hpp"
#include "client/completion.hpp"
#include "client/fetch_sink.hpp"
#include "client/group_places.hpp"
#include "client/measurements.hpp"
#include "client/metadata_snapshot.hpp"
#include "client/options.hpp"
#include "link/transport.hpp"

namespace klamm::client {

/// What a core talks to besides the network. All outlive it; `batches` and `fetches` are null without
/// producer and consumer.
struct core_neighbours {
  snapshot_sink& snapshots;
  batch_source* batches = nullptr;
  fetch_sink* fetches = nullptr;
  log_sink& log = silent_log();
  fault_injector* faults = nullptr;
  /// Null: nobody wants measurements unasked.
  measurement_sink* measurements = nullptr;
};

class client_core final : public link::net_machine {
 public:
  client_core(core_options options, core_neighbours neighbours, std::uint64_t seed);
  ~client_core() override;

  mutable_bytes read_buffer(link::connection_id id) override;
  void on(const link::net_event& event, instant now, link::net_effects& out) override;
  time_point deadline() const override;

  /// Outcomes of commands, to be run after each call of this machine.
  completion_queue& completions();

  /// Starts connecting, before anything is asked for: the first record should not wait for it.
  void start(instant now, link::net_effects& out);
  /// Fetches the topic's metadata now if it is not known, and keeps it fresh.
  void want_topic(std::string_view topic, instant now, link::net_effects& out);
  /// What the client has done and has, now; of a closed one, too.
  client::measurements measure(instant now) const;
  /// Why what needs a broker did not come about in its time: `what`, and the last failure of a connection.
  error overdue(std::string_view what) const;
  /// Ends everything: what the producer has is sent until `deadline`, the group is left. Then every command
  /// completes with `closed`.
  void close(time_point deadline, completion<close_report> done, instant now, link::net_effects& out);

  // Producer.
  void records_ready(instant now, link::net_effects& out);

  // Transactions, of a producer that has a transactional id. Each has a number, which begins with 1.
  void begin_transaction(completion<std::uint64_t> done, instant now, link::net_effects& out);
  void send_offsets(std::uint64_t transaction, group_places what, completion<void> done, instant now,
                    link::net_effects& out);
  /// Whether it is committed.
  void end_transaction(std::uint64_t transaction, bool commit, completion<bool> done, instant now,
                       link::net_effects& out);
  /// The open one, if there is one, can only be aborted.
  void doom_transaction(const error& why, instant now, link::net_effects& out);
  /// In whose name this consumer's offsets are committed now.
  committer group_identity() const;

  // Consumer. A change of the subscription replaces the one before; subscribe and assign exclude each other.
  void subscribe(subscription to, instant now, link::net_effects& out);
  void assign(std::vector<topic_partition> partitions, instant now, link::net_effects& out);
  void seek(std::vector<seek_command> to, instant now, link::net_effects& out);
  void pause(const std::vector<topic_partition>& partitions);
  void resume(const std::vector<topic_partition>& partitions, instant now, link::net_effects& out);
  void room_freed(instant now, link::net_effects& out);
  void rebalance_done(std::uint64_t id, instant now, link::net_effects& out);
  void commit(std::vector<committed_offset> offsets, duration timeout, completion<void> done, instant now,
              link::net_effects& out);
  void committed(std::vector<topic_partition> of, duration timeout,
                 completion<per_item<topic_partition, committed_offset>> done, instant now,
                 link::net_effects& out);
  void list_offsets(std::vector<std::pair<topic_partition, place>> of, duration timeout,
                    completion<per_item<topic_partition, offset_at_time>> done, instant now,
                    link::net_effects& out);

  // Administration. `timeout` bounds the whole command, retries included.
  void create_topics(std::vector<admin::new_topic> topics, bool validate_only, duration timeout,
                     completion<per_item<std::string, admin::created_topic>> done, instant now,
                     link::net_effects& out);
  void delete_topics(std::vector<std::string> topics, duration timeout,
                     completion<per_item<std::string, void>> done, instant now, link::net_effects& out);
  /// Empty: all topics.
  void describe_topics(std::vector<std::string> topics, duration timeout,
                       completion<per_item<std::string, admin::topic_description>> done, instant now,
                       link::net_effects& out);
  void describe_cluster(duration timeout, completion<admin::cluster_description> done, instant now,
                        link::net_effects& out);
  void describe_quorum(duration timeout, completion<admin::quorum_description> done, instant now,
                       link::net_effects& out);
  void describe_features(duration timeout, completion<admin::feature_description> done, instant now,
                         link::net_effects& out);
  void unregister_broker(node_id broker, duration timeout, completion<void> done, instant now,
                         link::net_effects& out);
  void add_raft_voter(admin::raft_voter added, duration timeout, completion<void> done, instant now,
                      link::net_effects& out);
  void remove_raft_voter(admin::raft_voter removed, duration timeout, completion<void> done, instant now,
                         link::net_effects& out);
  /// Empty: all partitions.
  void elect_leaders(admin::election_type type, std::vector<topic_partition> of, duration timeout,
                     completion<per_item<topic_partition, void>> done, instant now, link::net_effects& out);
  void alter_reassignments(std::vector<admin::reassignment_request> to, duration timeout,
                           completion<per_item<topic_partition, void>> done, instant now,
                           link::net_effects& out);
  /// Empty: all that are under way.
  void list_reassignments(std::vector<topic_partition> of, duration timeout,
                          completion<std::vector<admin::reassignment>> done, instant now,
                          link::net_effects& out);
  void list_groups(duration timeout, completion<std::vector<admin::listed_group>> done, instant now,
                   link::net_effects& out);
  void describe_groups(std::vector<std::string> groups, duration timeout,
                       completion<per_item<std::string, admin::group_description>> done, instant now,
                       link::net_effects& out);
  void delete_groups(std::vector<std::string> groups, duration timeout,
                     completion<per_item<std::string, void>> done, instant now, link::net_effects& out);
  /// Empty `of`: everything the group has committed.
  void group_offsets(std::string group, std::vector<topic_partition> of, duration timeout,
                     completion<per_item<topic_partition, committed_offset>> done, instant now,
                     link::net_effects& out);
  void alter_group_offsets(std::string group, std::vector<committed_offset> offsets, duration timeout,
                           completion<per_item<topic_partition, void>> done, instant now,
                           link::net_effects& out);
  void describe_configs(std::vector<admin::config_resource> of, duration timeout,
                        completion<per_item<admin::config_resource, std::vector<admin::config_entry>>> done,
                        instant now, link::net_effects& out);
  void alter_configs(
      std::vector<std::pair<admin::config_resource, std::vector<admin::config_change>>> changes,
      bool validate_only, duration timeout, completion<per_item<admin::config_resource, void>> done,
      instant now, link::net_effects& out);

 private:
  /// If not, it is told so.
  template <class T>
  bool has_transactions(completion<T>& done);
  template <class T, class Command>
  void administer(completion<T> done, Command command, duration timeout, instant now, link::net_effects& out);

  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace klamm::client
