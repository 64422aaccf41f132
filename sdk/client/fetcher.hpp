// Fetches what is assigned, ahead of the application, within its memory. At each broker lies one request of the session, for as long
// as it has nothing; what becomes hungry meanwhile (a seek, a resume, a loop that caught up) does not wait for that one to come back:
// it is looked at once, without waiting, on the connection beside.
//
//   event                               what happens
//   ---------------------------------   --------------------------------------------------------------------------------
//   room and a hungry partition         each broker is asked, for all that is hungry and read from it (fetch_session.hpp)
//   no room, or paused, or full         the partition is not asked for (forgotten in the session); what is fetched stays
//   room_freed                          asked again
//   hungry, but the request is out      a look: no session, no wait; again only after it found something
//   answer                              each partition: select_batches, deliver, move the position
//   answer for an old position          dropped: a seek, another assignment
//   the leader names a nearer replica   that one is asked from now on, until nearest_replica.hpp says otherwise
//   an error of that one                the leader is asked
//   NOT_LEADER..., FENCED_LEADER_EPOCH  the new leader if the answer has it, else metadata stale; after a backoff
//   OFFSET_OUT_OF_RANGE                 positions.hpp decides
//   diverging epoch                     the log was truncated: positions.hpp decides
//   session error, lost connection      a full fetch
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/faults.hpp"
#include "client/fetch_session.hpp"
#include "client/fetched_records.hpp"
#include "client/measurements.hpp"
#include "client/positions.hpp"
#include "wire/messages/fetch.hpp"

namespace klamm::client {

class fetcher {
 public:
  fetcher(const consumer_options& options, const connection_options& connection, broker_pool& pool,
          metadata& known, positions& at, fetch_sink& sink, rng random, fault_injector* faults = nullptr)
      : options_(options),
        connection_(connection),
        pool_(pool),
        metadata_(known),
        positions_(at),
        sink_(sink),
        random_(random),
        faults_(faults) {}

  void pump(instant now);
  time_point deadline() const { return next_try_; }
  /// The part of it that is about fetches.
  measured_consumer measure(time_point now) const;

 private:
  using response = wire::fetch_response;
  /// A request that is out, and what it asks.
  struct asking {
    bool out = false;
    time_point since{};
    std::size_t reserved = 0;
    fetch_asks asks;
  };
  struct broker_state {
    fetch_session session;
    retry_state retry;
    asking held, look;
    /// Looked at since the request that is out was sent, and where.
    std::map<topic_partition, offset> looked;
  };

  std::map<node_id, fetch_asks> wanted(instant now);
  std::size_t free_room() const;
  std::size_t room_for(const fetch_asks& asks) const;
  fetch_asks not_held(const broker_state& of, const fetch_asks& wanted) const;
  void hold(node_id node, fetch_asks asks, instant now);
  void look(node_id node, fetch_asks asks, instant now);
  void send(destination to, asking broker_state::* as, fetch_plan plan, duration wait, instant now);
  /// What the leaders of these are told of where the consumer runs.
  std::string_view rack_for(const fetch_asks& asks, time_point now) const;
  wire::fetch_request make_request(const fetch_plan& plan, std::size_t room, duration wait,
                                   std::string_view rack) const;
  void on_held(node_id node, bool by_id, answer<response> came, instant now);
  void on_look(node_id node, bool by_id, answer<response> came, instant now);
  void on_topics(node_id node, asking asked, bool by_id, const answer<response>& came, instant now);
  void count_answer(const asking& asked, time_point now);
  void on_partition(node_id node, const topic_partition& at, const fetch_ask& asked,
                    const response::partition_data& said, instant now);
  void on_nearer(node_id leader, const topic_partition& at, assigned_partition& p, node_id nearer,
                 time_point now);
  void on_records(const topic_partition& at, assigned_partition& p, const response::partition_data& said);
  void on_error(node_id node, const topic_partition& at, assigned_partition& p,
                const response::partition_data& said, instant now);

  const consumer_options& options_;
  const connection_options& connection_;
  broker_pool& pool_;
  metadata& metadata_;
  positions& positions_;
  fetch_sink& sink_;
  rng random_;
  fault_injector* faults_;
  std::map<node_id, broker_state> brokers_;
  std::size_t hungry_brokers_ = 1;
  std::uint64_t fetches_ = 0, records_ = 0, bytes_ = 0;
  sample_window latency_;
  time_point next_try_ = never;
};

}  // namespace klamm::client
