// One data directory: who owns it, whether it was left cleanly, and the logs in it.
//
//   meta.properties                    cluster.id, node.id, directory.id, version=1
//   recovery-point-offset-checkpoint   per log: everything below is synced
//   log-start-offset-checkpoint        per log whose start is above its first segment's
//   replication-offset-checkpoint      per log: the high watermark
//   .kafka_cleanshutdown               {"version":0,"brokerEpoch":N}: written last, removed before anything else at boot
//   topic-N/                           a log;  topic-N.<uuid>-delete/  one on its way out;  .lock is the shell's
//
//   event \ state      opening                       open                               closing
//   ----------------   ---------------------------   --------------------------------   --------------------------------
//   open()             lists, reads, loads all logs  -                                  -
//   all logs loaded    open, done is called          -                                  -
//   create / remove    refused                       a log more / less                  refused
//   tick               -                             checkpoints (60 s), retention      -
//   disk failure       offline                       offline: every log with it         offline
//   close()            -                             closes all logs, checkpoints, marker   -
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "broker/log/partition_log.hpp"

namespace klamm::broker::log {

struct data_directory_options {
  std::string path;
  std::string cluster_id;
  node_id node;
  millis checkpoint_interval{60'000};  // log.flush.offset.checkpoint.interval.ms
  millis retention_interval{300'000};  // log.retention.check.interval.ms
  int loading_at_once = 16;
};

/// What the node above knows and hears.
class data_directory_listener : public log_listener {
 public:
  /// The options of a log that was found at boot.
  virtual log_options options_of(const topic_partition& partition) = 0;
  /// The directory is lost to us, once: a failed sync or write, or no space left.
  virtual void on_directory_offline(const error& why) = 0;
};

class data_directory {
 public:
  enum class state { idle, opening, open, closing, closed, offline };

  data_directory(log_environment& environment, data_directory_options options,
                 data_directory_listener& listener);
  ~data_directory();

  /// Fails with inconsistent_cluster_id, or invalid_options where meta.properties names another node, and with the
  /// first log's failure where one could not be loaded.
  void open(entropy_source& entropy, instant now, done_handler done);
  /// Closes every log and leaves the clean marker with the broker's epoch.
  void close(std::int64_t broker_epoch, done_handler done);

  /// A new, empty log. Fails with topic_already_exists.
  void create(const log_identity& identity, const log_options& options, offset start, instant now,
              done_handler done);
  /// The log is gone for its readers at once; `done` when its directory is renamed.
  void remove(const topic_partition& partition, const uuid& unique, done_handler done);
  /// Null if there is none, or it is not open.
  partition_log* find(const topic_partition& partition);
  /// In the order of their names.
  std::vector<partition_log*> logs();

  /// Periodic work that is due: checkpoints, retention.
  void tick(instant now);
  time_point deadline() const;

  state current_state() const;
  /// Valid once open.
  const uuid& id() const;
};

}  // namespace klamm::broker::log
