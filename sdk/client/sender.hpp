// Sends what the application produced: all ready partitions of a broker in one request, in order, until resolved.
//
//   event                          what happens
//   ----------------------------   -------------------------------------------------------------------------------------
//   start                          InitProducerId, beside the metadata and the connections
//   records ready, linger passed   drained for each leader with a connection and room: one batch of each partition
//   answer                         each batch by produce_verdict.hpp; new leaders are learnt from errors (KIP-951)
//   lost connection, no answer     every batch of the request is retried: perhaps written
//   a partition's order is broken  the producer's epoch is raised, once none of its requests is outstanding (KIP-360);
//                                  past 32766 a new producer id is asked for
//   delivery_timeout of a batch    it fails; one that was given a sequence leaves a gap, so the epoch is raised
//   close                          what is left is sent until the deadline, then fails with `closed`
//
// With transactions (transaction.hpp), batches leave while one is open and their partition is in it. The producer's identity is
// the transaction's, which no failure here raises: a batch that fails dooms the transaction, and with it all other batches.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "base/deadline_queue.hpp"
#include "base/faults.hpp"
#include "base/log_sink.hpp"
#include "client/batch_source.hpp"
#include "client/broker_pool.hpp"
#include "client/measurements.hpp"
#include "client/metadata.hpp"
#include "client/options.hpp"
#include "client/partition_order.hpp"
#include "client/produce_verdict.hpp"
#include "client/transaction.hpp"
#include "wire/messages/init_producer_id.hpp"
#include "wire/messages/produce.hpp"

namespace klamm::client {

class sender {
 public:
  sender(const producer_options& options, const connection_options& connection, broker_pool& pool,
         metadata& known, batch_source& source, log_sink& log, rng random, fault_injector* faults = nullptr,
         transaction* in = nullptr);

  /// A transactional producer has its identity with the first transaction.
  void start(instant now) {
    if (!transaction_) ask_identity(now);
  }
  /// True: a broker may be sent more once it has been sent this.
  bool pump(instant now);
  time_point deadline() const;

  /// Nothing is drained and unresolved, nothing waits in the source.
  bool idle() const;
  /// Fails everything, and everything that comes later.
  void shut(const error& why);

  measured_producer measure(time_point now) const;

 private:
  struct topic_samples {
    sample_window batch_bytes, batch_records;
  };
  /// measured_production says what they are.
  struct partition_counts {
    std::uint64_t records = 0, bytes = 0, batches = 0, acknowledged = 0, retries = 0, splits = 0;
    sample_window acknowledgement;
    topic_samples* topic = nullptr;
  };
  struct partition {
    partition_order order;
    bool ready = false;   // the source has a batch
    bool active = false;  // it stands in active_
    node_id leader;
    uuid topic_id;
    std::uint64_t leader_of_version = 0;  // the snapshot that leader and topic_id are from
    partition_counts counts;
  };
  /// One batch in a request.
  struct sent_batch {
    partition_slot slot;
    partition_order::batch_id id;
    uuid topic_id;
  };
  using led_partition = std::pair<node_id, partition_slot>;
  struct request_plan {
    wire::produce_request message;
    std::vector<sent_batch> batches;
    std::map<std::string_view, std::size_t> topic_at;
    std::size_t bytes = 0;
    bool all_have_ids = true;
  };

  /// The last version that names topics: one topic without an id caps the whole request (KIP-516).
  static constexpr api_version produce_by_name = 12;

  partition& at(partition_slot slot) { return partitions_[static_cast<std::size_t>(slot.value)]; }
  void collect(instant now);
  void activate(partition_slot slot);
  void locate(partition_slot slot, instant now);
  bool has_work(const partition& p) const { return p.ready || p.order.has_waiting(); }
  void expire(instant now);
  void watch_timeout(partition_slot slot);

  void ask_identity(instant now);
  void on_identity(answer<wire::init_producer_id_response> came, instant now);
  void raise_epoch(instant now);

  bool follow_transaction(instant now);
  void pump_transaction();
  /// `gap`: of a batch that had its sequences.
  void doom(const error& why, bool gap);
  bool unresolved() const;

  bool send_ready(instant now);
  bool send_to(node_id node, std::span<const led_partition> led, instant now);
  partition_order::entry* next_batch(partition_slot slot, instant now);
  void put(request_plan& plan, partition_slot slot, partition_order::entry& e);
  void submit(node_id node, request_plan plan, instant now);

  void on_answer(node_id node, const std::vector<sent_batch>& batches, answer<wire::produce_response> came,
                 instant now);
  /// The same, of what no broker can have.
  static error never_sent(error why);
  void on_lost(const std::vector<sent_batch>& batches, const error& why, bool maybe_written, instant now);
  void on_batch(const sent_batch& which, node_id node,
                const wire::produce_response::partition_produce_response& said, instant now);
  void decide(partition_slot slot, partition_order::entry& e, produce_verdict verdict, const error& why,
              time_point again);
  time_point after_backoff(const partition_order::entry& e, instant now);
  void split(partition_order& order, partition_order::entry& e, const error& why);
  void give_up(partition_order& order, partition_order::entry& e, const error& why);
  void die(const error& why);

  void count_drained(partition_slot slot, const partition_order::entry& e, instant now);
  void count_acknowledged(partition_slot slot, const partition_order::entry& e, instant now);
  measured_production measure(partition_slot slot, time_point now) const;

  const producer_options& options_;
  const connection_options& connection_;
  broker_pool& pool_;
  metadata& metadata_;
  batch_source& source_;
  log_sink& log_;
  rng random_;
  fault_injector* faults_;
  transaction* transaction_;  // null: no transactions

  std::deque<partition> partitions_;  // by slot
  std::map<std::string, topic_samples> topics_;
  std::vector<partition_slot> active_;  // may have work
  std::vector<partition_slot> collected_;
  std::vector<led_partition> by_leader_;  // of one pump
  std::map<node_id, int> in_flight_;
  std::map<node_id, partition_slot> turn_;  // who is first in the next request to a node
  deadline_queue<partition_slot> timeouts_;

  producer_identity identity_;
  bool asking_identity_ = false;
  retry_state identity_retry_;
  time_point next_retry_ = never;
  std::optional<error> fatal_;
};

}  // namespace klamm::client
