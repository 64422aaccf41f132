// A cluster inside your test, and what goes wrong with it: real brokers that speak over loopback sockets, whose code is that of
// `klamm-broker`. The code under test needs no change: it is given client().
//
//   klamm::testing::Cluster cluster(3);
//   cluster.create_topic({.name = "orders", .partitions = 1, .replication = 3});
//   cluster.lose_reply(klamm::testing::Api::produce, {.times = 2, .topic = "orders"});
//   Shop shop(cluster.client());
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <klamm/admin_types.hpp>
#include <klamm/error.hpp>
#include <klamm/options.hpp>
#include <klamm/record.hpp>
#include <klamm/types.hpp>

namespace klamm::testing {
inline namespace v1 {

/// The requests of clients that the brokers serve, by their keys in the protocol.
enum class Api : std::int16_t {
  produce = 0,
  fetch = 1,
  list_offsets = 2,
  metadata = 3,
  offset_commit = 8,
  offset_fetch = 9,
  find_coordinator = 10,
  join_group = 11,
  heartbeat = 12,
  leave_group = 13,
  sync_group = 14,
  describe_groups = 15,
  list_groups = 16,
  sasl_handshake = 17,
  api_versions = 18,
  create_topics = 19,
  delete_topics = 20,
  delete_records = 21,
  init_producer_id = 22,
  offset_for_leader_epoch = 23,
  describe_configs = 32,
  alter_configs = 33,
  describe_log_dirs = 35,
  sasl_authenticate = 36,
  create_partitions = 37,
  delete_groups = 42,
  elect_leaders = 43,
  incremental_alter_configs = 44,
  alter_partition_reassignments = 45,
  list_partition_reassignments = 46,
  offset_delete = 47,
  describe_quorum = 55,
  update_features = 57,
  describe_cluster = 60,
  unregister_broker = 64,
  list_transactions = 66,
  list_config_resources = 74,
  describe_topic_partitions = 75,
  add_raft_voter = 80,
  remove_raft_voter = 81,
};

/// Which requests a fault meets: the next `times` of the API that name the topic (if any is given), at this broker or at any.
struct FaultScope {
  int times = 1;             ///< 1 or more
  std::string_view topic{};  ///< empty: whatever the request is about
  NodeId broker{};           ///< unset: any
};

/// Brokers 1 to N, each of which is a controller, too. Topics have three replicas, of which two have to be in sync (or as many as
/// there are brokers), unless they or the configuration say otherwise. Everything is gone with the cluster.
///
/// So that tests need not wait, brokers elect and miss each other sooner than by default: a broker that died is out of the cluster
/// after 1 s, or 2 s if it was the active controller (`broker.session.timeout.ms` and `controller.quorum.*.timeout.ms`). So that
/// requests name what they are about, there are no incremental fetch sessions (`max.incremental.fetch.session.cache.slots=0`).
///
/// Errors: std::runtime_error where the brokers cannot start; std::invalid_argument for a fault or a broker that makes no sense;
/// klamm::Exception where a client of the cluster would get one. Members belong to one thread at a time; clients may be used
/// meanwhile on any.
class KLAMM_API Cluster {
 public:
  /// Starts, and returns when every broker serves. `brokers` is 1 to 9; `configs` are for all of them, in Apache Kafka's
  /// property names.
  explicit Cluster(int brokers = 1, std::map<std::string, std::string> configs = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  int size() const;
  /// What a client of this cluster is made with: its bootstrap servers, everything else by default.
  ClientOptions client() const;
  /// Returns when every broker that lives serves the topic. Throws what Admin::create_topic does.
  void create_topic(const NewTopic& topic);
  /// Every record that the topic's partitions hold, below their high watermarks, those of aborted transactions too: by partition
  /// and offset. No fault meets this. Throws unknown_topic_or_partition, and std::runtime_error where they are not read within
  /// 10 s, as when a partition has no leader.
  std::vector<Record> records(std::string_view topic) const;

  /// Stops a broker as an operator would: its leaderships move first. Without a majority to ask it waits for 5 s.
  void stop(NodeId broker);
  /// Ends a broker as kill -9 would. What it has written stays.
  void kill(NodeId broker);
  /// A broker does nothing from now on, and its connections stay open, as SIGSTOP would have it.
  void pause(NodeId broker);
  /// Starts a broker that was stopped or killed, at its address and on its data, and returns when it serves, or at once where no
  /// majority runs that could let it serve; lets one go on that was paused.
  void start(NodeId broker);
  /// Forgets all faults that were not met, and starts every broker.
  void heal();

  /// Requests are not done, and their answer says `error` of everything that they asked for. Where the answer has no place for
  /// an error, as with acks=0, the connection is closed. `error` is one of the protocol's.
  /// A Metadata answer that fails names no broker: clients take it for none, and ask again.
  void fail(Api api, errc error, FaultScope scope = {});
  /// Requests are done, and their answer comes so much later (0 or more; forever: never); so do those behind it on the connection.
  void delay(Api api, Millis by, FaultScope scope = {});
  /// Requests are done, and the connection breaks off instead of an answer.
  void lose_reply(Api api, FaultScope scope = {});
  /// How often faults were met. A request may meet several of them, but one error: errors come in the order in which they were
  /// asked for.
  int faults_met() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace klamm::testing
