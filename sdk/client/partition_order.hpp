// The unresolved batches of one partition, in order: what may be sent, under which sequence, and what is resolved.
//
//   state         event                          next
//   -----------   ----------------------------   ------------------------------------------------------------------------
//   waiting       sent                           in flight
//   in flight     answered, or lost              waiting, until it is said what follows from that:
//   waiting       acknowledged                   done; told to the application once all before it are
//   waiting       retry                          waiting; nothing is sent until no request of the partition is outstanding
//   waiting       split                          its children, waiting; their sequences are the parent's, in parts
//   waiting       refused, part of what may      gone, with the other parts: the broker knows the whole batch or none of it, and
//                 have been written whole        cannot tell of a part that it has
//   any           failed, timed out              gone; its sequences are a gap, so a new epoch is needed
//
// Rules. Sequences are given when a batch joins, and kept through every retry, on whatever leader. They are given anew only
// under another epoch, when none of the partition's requests is outstanding (KIP-360), and none of its batches may have been
// written under the old: behind a gap such a batch is sent once more as it was. The leader has it and says so, or refuses its
// sequence, and then it is sent anew. A replica that led before may have the first one still, and lead again, until it has
// followed this leader: what fails meanwhile was perhaps written. At most `window` batches from the oldest unresolved one on
// are sent: the broker remembers five. One alone until the first was acknowledged under an identity: a broker that has not heard of the producer takes
// any sequence, so a batch behind one that was refused would be written first.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/sequence.hpp"
#include "client/batch_source.hpp"
#include "wire/sealed_batch.hpp"

namespace klamm::client {

/// Who the producer is to a partition. Both -1: not idempotent.
struct producer_identity {
  producer_id id;
  producer_epoch epoch;
  bool operator==(const producer_identity&) const = default;
  bool idempotent() const { return id.value >= 0; }
};

class partition_order {
 public:
  using batch_id = std::uint64_t;

  struct entry {
    enum class state { waiting, in_flight, done };
    batch_id id = 0;
    batch_ptr batch;
    sequence base;
    state at = state::waiting;
    bool maybe_written = false;
    /// It is a part of that batch, which was split though it may have been written; 0: of none such.
    batch_id part_of = 0;
    /// A leader refused a sequence under which an earlier one may have written it, and still have it.
    bool maybe_elsewhere = false;
    int attempts = 0;
    /// What the last attempt came to, in words; empty: none has failed.
    std::string last_failure;
    time_point retry_at{};
    offset acknowledged_at;
    timestamp append_time;
    std::int32_t records() const { return batch->sealed().record_count; }
    /// Under its sequence.
    bool perhaps_written() const { return maybe_written || part_of != 0; }
  };

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  std::size_t records() const;
  int outstanding() const { return outstanding_; }
  bool has_waiting() const;
  const producer_identity& identity() const { return identity_; }

  /// Whether sequences have a gap (or the broker lost track), so that nothing may be sent under this identity any more.
  bool needs_new_epoch() const { return broken_ && !fate_unknown(); }
  /// Whether a batch that the broker refuses as out of order can be waiting for an earlier one no more.
  bool comes_first(const entry& what) const { return broken_ || is_oldest(what); }
  /// Takes `current` where it may: with nothing unresolved, or, after a gap, with nothing outstanding; then renumbers.
  void adopt(const producer_identity& current);

  /// The batch to be sent next, and not before its retry_at; null: none may be now.
  entry* next_to_send(int window);
  /// Whether a further batch may join and be sent at once.
  bool has_room(int window) const;
  entry& add(batch_ptr batch);
  void sent(entry& what);

  /// A request's answer is here: it is no longer outstanding, and waits until it is decided what becomes of it. Null: the batch
  /// was resolved meanwhile.
  entry* settle(batch_id id);

  void acknowledge(entry& what, offset base, timestamp append_time);
  void retry(entry& what, time_point at, bool maybe_written);
  /// As retry; the leader does not have it, and the sequences are of no use any more.
  void renumber(entry& what, time_point at);
  void split(entry& what, std::vector<batch_ptr> children);
  void fail(entry& what, const error& why);
  /// With all other parts of the batch that it is a part of.
  void fail_parts(const entry& what, const error& why);
  void fail_all(const error& why);
  /// Fails what was opened at or before `limit` and is not done, with `why` and what its last attempt came to; whether there was any.
  bool expire(time_point limit, const error& why);
  /// When the oldest unresolved batch was opened; `never` without one.
  time_point oldest_opened() const;

 private:
  int narrowed(int window) const { return established_ || !identity_.idempotent() ? window : 1; }
  bool is_oldest(const entry& what) const { return &what == &entries_.front(); }
  /// Whether a batch that waits may have been written.
  bool fate_unknown() const;
  void take_sequence(entry& what);
  void tell_done();
  void erase(entry& what);

  std::deque<entry> entries_;
  producer_identity identity_;
  sequence next_{0};
  int outstanding_ = 0;
  bool held_back_ = false;  // a batch waits for its retry: no other overtakes it
  bool broken_ = false;
  bool established_ = false;  // the broker knows the identity
  batch_id next_id_ = 1;
};

}  // namespace klamm::client
