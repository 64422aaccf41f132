// What clients did and saw, and what of it a log must never show.
//
//   anomaly              what was seen
//   ------------------   ------------------------------------------------------------------------------------------
//   lost                 an acknowledged value that nobody read, though later offsets of its partition were read
//   unseen               an acknowledged value that nobody read after the final drain, at the end of its partition
//   duplicate            one value at two offsets
//   inconsistent_offset  two values at one offset, or a value read at another offset than the one acknowledged
//   phantom              a value that was never sent there
//   failed_read          a value whose sender was told that it was not written
//   nonmonotonic_send    values of one sender and partition, acknowledged out of the order in which they were sent
//   nonmonotonic_poll    one reader going back within one life of its assignment
//   poll_skip            one reader passing over an offset, within one life, that others read a value at
//   internal_poll_skip   the same between two records of one poll
//   deleted_read         a value below an offset up to which records had been deleted before its reader came
//   aborted_read         a value of a transaction that was aborted (G1a)
//   precommitted_read    a value read before its transaction was asked to commit, be it by that transaction itself
//   write_cycle          transactions each of which wrote before the other: see cycles.hpp (G0)
//   read_cycle           transactions each of which wrote what the other read, or wrote before it (G1c)
//
// What somebody asked to delete need not be there, and may be until the deletion is done. What its sender had not heard of by then may be
// written once more, behind what was sent later, where a replica began behind it: it knows nothing of the producer, takes any sequence of
// it (KIP-360), and may be the next leader.
//
// Names and meanings follow the Kafka workload of Jepsen, which deletes nothing; a life starts with an assignment or a seek. Readers are
// read_committed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "tests/sim/cycles.hpp"

namespace klamm::sim {

enum class anomaly_kind {
  lost,
  unseen,
  duplicate,
  inconsistent_offset,
  phantom,
  failed_read,
  nonmonotonic_send,
  nonmonotonic_poll,
  poll_skip,
  internal_poll_skip,
  deleted_read,
  aborted_read,
  precommitted_read,
  write_cycle,
  read_cycle
};
std::string_view name(anomaly_kind kind);

struct anomaly {
  anomaly_kind kind;
  std::string what;
};

/// Whether transactions of several producers may write to one partition in turns. Kafka lets them; where the clients see to it
/// that none does, a cycle of writes is an anomaly.
enum class writes { take_turns, are_isolated };

class history {
 public:
  using value = std::uint64_t;
  /// Chosen by the caller, never twice; 0: none.
  using transaction_number = std::uint64_t;

  /// How something was read.
  struct reading {
    int reader;
    std::uint64_t life;      // changes with each assignment and seek
    std::uint64_t poll = 0;  // counts the polls of the reader; 0: not known
    transaction_number in = 0;
  };

  /// In the order in which one sender sent. Values are never sent twice.
  void sent(int sender, const topic_partition& to, value what, transaction_number in = 0);
  /// `at` is -1 where the broker did not say.
  void acknowledged(value what, offset at);
  /// `maybe_written`: the sender does not know.
  void failed(value what, bool maybe_written);
  /// Before it asks for anything.
  void reader_comes(int reader) { deleted_before_[reader] = deletions_; }
  /// In the order in which one reader read.
  void polled(const reading& how, const topic_partition& from, offset at, value what);
  /// Of the records below an offset: asked for, which may have been done already, and done.
  void asked_to_delete(const topic_partition& from, offset before);
  void deleted(const topic_partition& from, offset before);
  /// A replica forgot all that it had, and knows nothing of what is below.
  void replica_began(const topic_partition& of, offset at);
  void asked_to_commit(transaction_number which) { transactions_[which] = decision::asked; }
  void committed(transaction_number which) { transactions_[which] = decision::committed; }
  void aborted(transaction_number which) { transactions_[which] = decision::aborted; }

  std::size_t acknowledged_count() const;
  /// Behind the last value that was acknowledged there.
  offset acknowledged_end(const topic_partition& of) const;
  /// Nobody asked to delete what is there or behind it.
  offset kept_from(const topic_partition& of) const;
  std::size_t polled_count() const { return polls_.size(); }

  /// All anomalies. Precondition: a reader has drained every partition after the last acknowledgement.
  std::vector<anomaly> check(writes order = writes::take_turns) const;

 private:
  enum class fate { unknown, acknowledged, failed };
  enum class decision { open, asked, committed, aborted };
  struct send {
    int sender;
    topic_partition to;
    std::uint64_t order;
    transaction_number in;
    fate outcome = fate::unknown;
    offset at;
    offset untold_below{0};  // somebody asked to delete what is below while the sender did not know its fate
  };
  struct poll {
    reading how;
    topic_partition from;
    offset at;
    value what;
    bool before_commit;  // of the transaction that wrote it
    offset kept_from;    // see kept_from(), then
  };
  struct deletion {
    offset asked{0}, done{0};
    std::uint64_t asked_before = 0;  // the send of this order
    offset begun{0};                 // the last replica to begin behind something
  };
  using found = std::vector<anomaly>;

  std::uint64_t last_asked_before(const topic_partition& of) const;
  offset repeatable_below(value of) const;
  void check_polled_values(found& out) const;
  void check_acknowledged(found& out) const;
  void check_offsets(found& out) const;
  void check_send_order(found& out) const;
  void check_poll_order(found& out) const;
  void check_deletions(found& out) const;

  // Transactions: history_transactions.cpp.
  decision decided(transaction_number which) const;
  transaction_number writer_of(value what) const;
  void check_isolation(found& out) const;
  void check_cycles(writes order, found& out) const;
  void follow_writes(transaction_graph& to) const;
  void follow_reads(transaction_graph& to) const;

  std::map<value, send> sends_;
  std::vector<poll> polls_;
  std::map<topic_partition, deletion> deletions_;
  std::map<int, std::map<topic_partition, deletion>> deleted_before_;  // a reader came
  std::map<transaction_number, decision> transactions_;                // one that is not here is open
};

}  // namespace klamm::sim
