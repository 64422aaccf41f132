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
//   client_instance_id   the brokers' name for its metrics completion
//   subscribe, assign    what to consume                   fetch_sink::rebalance, assigned, unassigned
//   seek, pause, resume  positions                         fetch_sink::positioned
//   room_freed           the loop took records             more of fetch_sink::deliver
//   rebalance_done       the application's callback ran    the group's next step
//   commit, committed, list_offsets, administer            completion
//
// A command for something the client was not configured with (commit without a group id) completes with
// `invalid_options`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/faults.hpp"
#include "base/log_sink.hpp"
#include "base/uuid.hpp"
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

class administration;

/// A command's last parameter: its completion.
template <class... Parameters>
using last_of = std::tuple_element_t<sizeof...(Parameters) - 1, std::tuple<Parameters...>>;

template <class Completion>
struct completed;
template <class T>
struct completed<completion<T>> {
  using type = T;
};
/// What a completion is told.
template <class Completion>
using completed_by = typename completed<Completion>::type;

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
  /// telemetry::instance_id(); `invalid_options` of a client that pushes no metrics.
  void client_instance_id(duration timeout, completion<uuid> done, instant now, link::net_effects& out);
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
              link::net_effects& out, commit_origin origin = commit_origin::by_hand);
  void committed(std::vector<topic_partition> of, duration timeout,
                 completion<per_item<topic_partition, committed_offset>> done, instant now,
                 link::net_effects& out);
  void list_offsets(std::vector<std::pair<topic_partition, place>> of, duration timeout,
                    completion<per_item<topic_partition, offset_at_time>> done, instant now,
                    link::net_effects& out);

  /// Runs one of the administration's commands (administration.hpp) with `asked`; `timeout` bounds the whole of it, retries
  /// included.
  template <class... Parameters, class... Asked>
  void administer(void (administration::*command)(Parameters...), duration timeout,
                  last_of<Parameters...> done, instant now, link::net_effects& out, Asked&&... asked) {
    auto* const to = open_administration();
    if (!to) return completions().post(std::move(done), {closed()});
    (to->*command)(std::forward<Asked>(asked)..., after(now.steady, timeout), std::move(done));
    settle(now, out);
  }

 private:
  /// If not, it is told so.
  template <class T>
  bool has_transactions(completion<T>& done);
  /// Null once the client is closed.
  administration* open_administration();
  void settle(instant now, link::net_effects& out);
  static error closed();

  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace klamm::client
