// Every partition that this node has a replica of, over one data directory.
//
//   event                    what happens
//   ----------------------   ------------------------------------------------------------------------------------------
//   open                     the directory finds and recovers its logs
//   apply(wanted, unwanted)  logs are made, adopted or removed, then led; `done` when all of it is so
//   a log is durable         its partition releases what waited, or fetches on (partition.hpp)
//   run                      what is followed is fetched (fetcher.hpp); after every event
//   tick                     partitions whose deadline has come look at their followers, producers, and leaders
//   other brokers            leaders look who holds their high watermarks up no more
//   the directory fails      every partition is lost: KAFKA_STORAGE_ERROR for ever
//   close                    nothing is fetched any more; every log is synced, which answers who waited for that, and closed, and the clean marker left
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/entropy.hpp"
#include "base/uuid.hpp"
#include "broker/log/data_directory.hpp"
#include "broker/replica/fetcher.hpp"
#include "broker/replica/partition.hpp"

namespace klamm::broker::replica {

/// A replica that this node has to have.
struct assignment {
  topic_partition partition;
  uuid topic_id;
  leadership led;
  settings_ptr settings;
};

class replicas final : public log::data_directory_listener {
 public:
  struct options {
    log::data_directory_options directory;
    log::log_options log_defaults;  // until a topic's own are known
    node_id self;
    replication_options replication = {};
  };

  /// `clock` is what the node was last told of the time; all outlive the replicas, and so do the ports.
  replicas(log::log_environment& environment, const instant& clock, entropy_source& entropy, options how,
           replication_ports ports = {});
  ~replicas() override;

  void open(log::done_handler done);
  void close(std::int64_t broker_epoch, log::done_handler done);
  void apply(std::span<const assignment> wanted, std::span<const topic_partition> unwanted,
             unique_function<void()> done);
  /// Sets aside the logs that were found at boot and that nobody wants. After the first apply().
  void set_strays_aside();

  partition* find(std::string_view topic, partition_id id);
  partition* find(const uuid& topic, partition_id id);
  /// In the order of names, then numbers.
  std::vector<partition*> all();

  /// leader.replication.throttled.rate and follower.replication.throttled.rate, in bytes a second.
  void set_throttles(std::int64_t leader, std::int64_t follower) {
    around_.quotas.leader.set_limit(leader);
    around_.quotas.follower.set_limit(follower);
  }
  /// The registry says something else than before.
  void on_brokers_changed();
  /// Fetches what has become due to be fetched. Called after every event.
  void run() { followers_.run(); }
  void tick(instant now);
  time_point deadline() const;
  const uuid& directory_id() const { return directory_.id(); }
  bool was_clean() const { return directory_.was_clean(); }
  std::int64_t last_broker_epoch() const { return directory_.last_broker_epoch(); }
  const std::string& path() const { return how_.directory.path; }
  bool offline() const { return offline_; }
  void set_offline_listener(unique_function<void(const error&)> listener) {
    on_offline_ = std::move(listener);
  }

 private:
  using topic_partitions = std::map<partition_id, std::unique_ptr<partition>>;

  log::log_options options_of(const topic_partition& partition) override;
  void on_durable(log::partition_log& log) override;
  void on_offline(log::partition_log& log, const error& why) override;
  void on_directory_offline(const error& why) override;

  void adopt(const assignment& wanted, log::partition_log& log);
  void create(const assignment& wanted, log::done_handler done);
  void remove(const topic_partition& unwanted, log::done_handler done);
  void forget(const topic_partition& unwanted);

  const instant& clock_;
  entropy_source& entropy_;
  options how_;
  surroundings around_;  // before who uses them
  fetchers followers_;
  log::data_directory directory_;
  std::map<std::string, topic_partitions, std::less<>> by_topic_;
  std::unordered_map<uuid, std::string> names_;
  std::map<std::uint64_t, partition*> by_number_;
  bool offline_ = false;
  unique_function<void(const error&)> on_offline_;
};

}  // namespace klamm::broker::replica
