// Fetches that are being answered: reads what is ready, and waits for min_bytes or max_wait where there is too little.
//
//   event            what happens
//   --------------   ----------------------------------------------------------------------------------------------
//   fetch            its partitions are ready to be looked at: a round begins
//   round            ready partitions are read one after the other, while the bytes allow; then: answer, or wait
//   partition news   (watch.hpp) the fetch that waits is due for another round
//   tick             max_wait has passed: answered with what there is
//   hurry            the same, before max_wait: nothing that its connection sends is taken before
//   drop             its connection is gone: forgotten, unanswered
//   relieve          memory is short: those that wait with records are answered with them
//
// What is read shares the listener's memory for answers (reply_memory.hpp): a fetch may get less than it asks for.
//
// Answers leave a connection in the order of requests, so that a fetch which waits holds back all behind it: the next fetch of
// its connection ends its wait. A client that sends many, each with a wait of days, has one that waits, and none once it is gone.
//
// Followers fetch like consumers, but up to the end of the log, and are answered at once when the high watermark is above the
// one they know (KIP-1166). Each request of theirs says for every partition of its session how far they have it. Who may
// fetch as a follower of anything is the handler's to check; of a partition its assigned replicas may (CVE-2018-1288).
//
// One that is throttled and not in sync gets nothing while this node's leaders have given more than their rate (KIP-73).
//
// A consumer that names its rack may read from a follower, up to the high watermark that one knows; the leader names a follower
// in that rack instead of records, where it is told to (KIP-392).
//
// A partition that had no room goes to the end of the ready list, so that none starves. Full answers name every partition,
// incremental ones those with records, an error, or a moved high watermark or start.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <set>

#include "base/deadline_queue.hpp"
#include "base/unique_function.hpp"
#include "broker/replica/fetch_session.hpp"
#include "link/reply_memory.hpp"
#include "link/transport.hpp"

namespace klamm::broker::replica {

struct fetch_limits {
  std::int32_t max_bytes = 57671680;  // fetch.max.bytes
  session_limits sessions = {};
  bool rack_aware = false;  // replica.selector.class is RackAwareReplicaSelector (KIP-392)
};

using fetch_reply = unique_function<void(const wire::fetch_response&)>;

class fetches {
 public:
  fetches(replicas& all, link::reply_memory& memory, fetch_limits limits, rng random);
  ~fetches();

  void fetch(const wire::fetch_request& request, link::connection_id from, fetch_reply reply, instant now);
  void hurry(link::connection_id from);
  void drop(link::connection_id from);
  void relieve(instant now);
  /// Does the rounds that have become due. Called after every event.
  void run(instant now);
  void tick(instant now);
  time_point deadline() const { return deadlines_.next(); }
  std::size_t waiting() const { return operations_.size(); }

 private:
  struct finding;
  struct operation;
  using operation_ptr = std::shared_ptr<operation>;

  void schedule(const operation_ptr& op);
  void round(const operation_ptr& op);
  /// Whether the read has been answered already; else its answer goes on with the round.
  bool read(const operation_ptr& op, fetch_target& target);
  void on_read(operation& op, fetch_target& target, offset up_to, result<log::read_result> read);
  void end_round(const operation_ptr& op);
  void answer(const operation_ptr& op);
  void release(operation& op);
  std::vector<operation_ptr> of(link::connection_id from) const;
  error_code locate(const operation& op, fetch_target& target);
  /// What is to be said of it instead of records; whether anything is.
  bool refuses(const operation& op, fetch_target& target, wire::fetch_response::partition_data& data);
  void note_positions(const operation_ptr& op);

  replicas& all_;
  link::reply_memory& memory_;
  fetch_limits limits_;
  session_cache sessions_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, operation_ptr> operations_;
  std::set<std::pair<link::connection_id, std::uint64_t>> by_connection_;
  deadline_queue<std::uint64_t> deadlines_;
  std::deque<std::uint64_t> due_;
  instant now_;
};

}  // namespace klamm::broker::replica
