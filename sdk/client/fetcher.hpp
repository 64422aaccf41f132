// Fetches what is assigned, ahead of the application, within its memory: one request outstanding at each broker.
//
//   event                               what happens
//   ---------------------------------   --------------------------------------------------------------------------------
//   room and a hungry partition         the leader is asked, for all its partitions that are hungry (fetch_session.hpp)
//   no room, or paused, or full         the partition is not asked for (forgotten in the session); what is fetched stays
//   room_freed                          asked again
//   answer                              each partition: select_batches, deliver, move the position
//   answer for an old position          dropped: a seek, another assignment
//   NOT_LEADER..., FENCED_LEADER_EPOCH  the new leader if the answer has it, else metadata stale; after a backoff
//   OFFSET_OUT_OF_RANGE                 positions.hpp decides
//   diverging epoch                     the log was truncated: positions.hpp decides
//   session error, lost connection      a full fetch
#pragma once

#include <map>
#include <memory>
#include <string>

#include "client/fetch_session.hpp"
#include "client/fetched_records.hpp"
#include "client/positions.hpp"
#include "wire/messages/fetch.hpp"

namespace klamm::client {

class fetcher {
 public:
  fetcher(const consumer_options& options, const connection_options& connection, broker_pool& pool,
          metadata& known, positions& at, fetch_sink& sink, rng random)
      : options_(options),
        connection_(connection),
        pool_(pool),
        metadata_(known),
        positions_(at),
        sink_(sink),
        random_(random) {}

  void pump(instant now);
  time_point deadline() const { return next_try_; }

 private:
  using response = wire::fetch_response;
  struct broker_state {
    fetch_session session;
    bool outstanding = false;
    std::size_t reserved = 0;
    retry_state retry;
    /// The last request needs no repeating as long as nothing changed and the broker holds it.
    std::map<topic_partition, position_epoch> epochs;  // of what the outstanding request asks
  };

  std::map<node_id, fetch_asks> wanted(instant now);
  std::size_t free_room() const;
  void send(node_id node, const fetch_asks& asks, instant now);
  wire::fetch_request make_request(const fetch_plan& plan, std::size_t room) const;
  void on_answer(node_id node, const fetch_asks& asked, bool by_id, answer<response> came, instant now);
  void on_partition(const topic_partition& at, const fetch_ask& asked, position_epoch epoch,
                    const response::partition_data& said, instant now);
  void on_records(const topic_partition& at, assigned_partition& p, const response::partition_data& said);
  void on_error(const topic_partition& at, assigned_partition& p, const response::partition_data& said,
                instant now);

  const consumer_options& options_;
  const connection_options& connection_;
  broker_pool& pool_;
  metadata& metadata_;
  positions& positions_;
  fetch_sink& sink_;
  rng random_;
  std::map<node_id, broker_state> brokers_;
  time_point next_try_ = never;
};

}  // namespace klamm::client
