// The transactions of one producer, one after the other (KIP-98): who the producer is, what the coordinators have to hear, and what
// each transaction came to. Which batches belong to it is the sender's to keep; the sender asks here whether they may leave.
//
//   event \ state      unknown        initializing   ready        open              doomed       committing        aborting       fatal
//   ----------------   ------------   ------------   ----------   ---------------   ----------   ---------------   ------------   -------
//   start              initializing   -              -            -                 -            -                 -              -
//   begin              initializing   waits          open         refused           refused      waits             waits          refused
//   send_offsets       refused        refused        refused      sent              as end       refused           refused        refused
//   commit             refused        refused        refused      committing        aborting     joins             joins          refused
//   abort              refused        refused        refused      aborting          aborting     aborting, until   joins          refused
//                                                                                                EndTxn is sent
//   doom (a batch      -              -              -            doomed            -            aborting, until   -              -
//     that failed, a                                                                             EndTxn is sent
//     refusal)
//   InitProducerId     -              ready, or      -            -                 -            -                 -              -
//     answered                        unknown
//   EndTxn answered    -              -              -            -                 -            ready, or         ready, or      -
//                                                                                                aborting          initializing
//   fenced             fatal from every state: PRODUCER_FENCED, INVALID_PRODUCER_EPOCH of a coordinator
//   close, shut        an open one is aborted; then everything fails with `closed`
//
// Two protocols, chosen at begin. The implicit one (KIP-890) where the cluster has finalized transaction.version 2, whatever
// ApiVersions says: Produce and TxnOffsetCommit add to the transaction what they write to, and EndTxn gives the next id and
// epoch, which are adopted. The old one: partitions and groups are added first (AddPartitionsToTxn, AddOffsetsToTxn), no Produce
// above version 11, and after a failure that leaves a gap in the sequences the epoch is raised by InitProducerId (KIP-360).
//
// EndTxn is sent until the coordinator says what it came to: neither a lost answer nor UNKNOWN_SERVER_ERROR is a commit or an
// abort, and asking again is safe before the next begin. Nothing here has a deadline but waiting; who waits has one.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/log_sink.hpp"
#include "client/completion.hpp"
#include "client/group_places.hpp"
#include "client/options.hpp"
#include "client/partition_order.hpp"
#include "client/requester.hpp"
#include "wire/messages/add_offsets_to_txn.hpp"
#include "wire/messages/add_partitions_to_txn.hpp"
#include "wire/messages/end_txn.hpp"
#include "wire/messages/init_producer_id.hpp"
#include "wire/messages/txn_offset_commit.hpp"

namespace klamm::client {

/// InitProducerId v6 is not stable yet.
inline constexpr api_version init_producer_id_cap = 5;

class transaction {
 public:
  /// How far the sender is with what it drained and with what waits.
  enum class traffic { busy, answered, resolved };

  transaction(const producer_options& options, broker_pool& pool, requester& requests,
              completion_queue& completions, log_sink& log)
      : options_(options), pool_(pool), requests_(requests), completions_(completions), log_(log) {}

  // The application's side. Transactions are numbered from 1 on: what is said of one that is over is answered, and changes nothing.

  /// Takes the id over at once: what a predecessor left open is aborted then, not held until its timeout.
  void start() { initialize(); }
  /// The number of the transaction that is open then. Waits for the one before.
  void begin(completion<std::uint64_t> done);
  /// Without an error: they are with the transaction, or it is doomed, which its end tells.
  void send_offsets(std::uint64_t number, group_places what, completion<void> done);
  /// Whether it is committed; an error is what another transaction would run into, too, or it is not known what it came to.
  void end(std::uint64_t number, bool commit, completion<bool> done);
  /// The transaction, if one is open, can only be aborted.
  void doom(const error& why);
  /// Begins no more; aborts what is open.
  void close();
  void shut(const error& why);

  // The sender's side.

  const producer_identity& identity() const { return identity_; }
  /// Why no batch may leave or wait: none is open, or it is going to be aborted.
  std::optional<error> refusal() const;
  /// The producer can do no more.
  const std::optional<error>& fatal() const { return fatal_; }
  /// Whether a batch of the partition may leave. If not, the coordinator is told of the partition.
  bool admits(partition_slot slot, const topic_partition& at);
  /// A Produce request leaves, and with it what the coordinator has to end.
  void sending() { begun_ = true; }
  api_version produce_cap() const { return implicit_ ? api_version{INT16_MAX} : last_explicit_produce; }
  /// Batches that had sequences failed: those behind them would not be in order.
  void sequences_lost() { gap_ = true; }
  bool ending() const { return state_ == state::committing || state_ == state::aborting; }
  void pump(traffic how);
  bool idle() const { return !ending(); }

 private:
  enum class state { unknown, initializing, ready, open, doomed, committing, aborting, fatal };
  struct offsets_job {
    group_places what;
    completion<void> done;
  };
  static constexpr api_version last_explicit_produce = 11;

  /// Who asks, as every request of a transaction says it.
  template <class Request>
  void sign(Request& request) const {
    request.transactional_id = options_.transactional_id;
    request.producer_id = identity_.id;
    request.producer_epoch = identity_.epoch;
  }
  at_coordinator coordinator() const { return {options_.transactional_id, coordinator_type::transaction}; }
  /// Whether what is being told to a coordinator is of no use any more.
  bool giving_up() const { return state_ == state::aborting || state_ == state::fatal; }
  void open_next();
  void initialize();
  void on_initialized(answer<wire::init_producer_id_response> came);
  void add_partitions();
  void on_partitions(answer<wire::add_partitions_to_txn_response> came);
  void go_on_with_offsets();
  void add_group();
  void commit_offsets();
  void on_offsets(const answer<wire::txn_offset_commit_response>& came);
  void offsets_over(error_code code, const error& why);
  void send_end(bool commit);
  void on_end(bool commit, answer<wire::end_txn_response> came);
  void on_end_refused(bool commit, error_code code, const error& why);
  void start_aborting();
  void over(bool committed);
  void answer_end(result<bool> outcome);
  void refused_by_coordinator(error_code code, const error& why);
  void fail(const error& why);
  error no_such_transaction() const;
  error fenced(error_code code) const;

  const producer_options& options_;
  broker_pool& pool_;
  requester& requests_;
  completion_queue& completions_;
  log_sink& log_;

  state state_ = state::unknown;
  producer_identity identity_;
  bool implicit_ = false;  // the protocol of this transaction
  bool begun_ = false;     // the coordinator may have heard of it
  bool gap_ = false;
  bool end_sent_ = false;
  bool told_ =
      false;  // a request is with a coordinator: AddPartitionsToTxn, or those of the first of offsets_
  bool group_added_ = false;
  bool closing_ = false;
  std::optional<error> doomed_, fatal_;
  std::vector<std::uint64_t> added_, asked_;  // by slot: the transaction in which the partition was
  std::vector<std::pair<partition_slot, topic_partition>> to_add_, adding_;
  std::deque<offsets_job> offsets_;
  std::deque<completion<std::uint64_t>> begins_;
  std::vector<completion<bool>> ends_;
  std::uint64_t number_ = 0;
  std::optional<result<bool>> last_outcome_;  // of number_, once it is over
};

}  // namespace klamm::client
