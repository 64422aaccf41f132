// One data directory: who owns it, whether it was left cleanly, and the logs in it.
//
//   meta.properties                    cluster.id, node.id, directory.id, version=1
//   recovery-point-offset-checkpoint   per log: everything below is synced
//   log-start-offset-checkpoint        per log: its start, where the first segment may begin below it
//   replication-offset-checkpoint      per log: the high watermark
//   cleaner-offset-checkpoint          per log that Apache Kafka compacted; only read
//   .kafka_cleanshutdown               {"version":0,"brokerEpoch":N}: written last, removed before anything else at boot
//   topic-N/                           a log;  topic-N.<uuid>-delete/  one on its way out;  .lock is the shell's
//   topic-N.<uuid>-stray/              what was a log that the metadata did not know; nothing here touches it
//
//   event \ state      opening                       open                               closing
//   ----------------   ---------------------------   --------------------------------   --------------------------------
//   open()             lists, reads, loads all logs  -                                  -
//   all logs loaded    open, done is called          -                                  -
//   create / remove    refused                       a log more / less                  refused
//   tick               -                             checkpoints, retention             -
//   disk failure       offline                       offline: every log with it         offline
//   close()            closed, done is never called  closes all logs, checkpoints, marker   -
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "broker/log/checkpoint_files.hpp"
#include "broker/log/file_names.hpp"
#include "broker/log/partition_log.hpp"

namespace klamm::broker::log {

struct data_directory_options {
  std::string path;
  std::string cluster_id;
  node_id node;
  millis checkpoint_interval{60'000};  // log.flush.offset.checkpoint.interval.ms
  /// From a closed segment to the checkpoint that vouches for it, or from one that was too early to the next: until then a crash
  /// has its damage taken for a torn write.
  millis closed_segment_interval{5'000};
  millis retention_interval{300'000};  // log.retention.check.interval.ms
  int loading_at_once = 16;
};

/// What the node above knows and hears.
class data_directory_listener {
 public:
  virtual ~data_directory_listener() = default;
  /// A log's durable_end() moved on, or its durable_start().
  virtual void on_durable(partition_log& log) = 0;
  /// A log cannot be used any more; its directory follows.
  virtual void on_offline(partition_log& log, const error& why) = 0;
  /// The options of a log that was found at boot.
  virtual log_options options_of(const topic_partition& partition) = 0;
  /// The directory is lost to us, once: a failed sync or write, or no space left.
  virtual void on_directory_offline(const error& why) = 0;
};

class data_directory final : private log_listener {
 public:
  enum class state { idle, opening, open, closing, closed, offline };

  data_directory(log_environment& environment, data_directory_options options,
                 data_directory_listener& listener);
  ~data_directory() override;

  /// Fails with inconsistent_cluster_id, or invalid_options where meta.properties names another node, and with the
  /// first log's failure where one could not be loaded.
  void open(entropy_source& entropy, instant now, done_handler done);
  /// Closes every log and leaves the clean marker with the broker's epoch. While it is opening: gives that up, without a marker.
  void close(std::int64_t broker_epoch, done_handler done);

  /// A new, empty log. Fails with topic_already_exists.
  void create(const log_identity& identity, const log_options& options, offset start, instant now,
              done_handler done);
  /// The log is gone for its readers at once; `done` when its directory is renamed.
  void remove(const topic_partition& partition, const uuid& unique, done_handler done);
  /// The same, but the directory is kept as `topic-N.<uuid>-stray`, and the log says so.
  void set_aside(const topic_partition& partition, const uuid& unique, done_handler done);
  /// Null if there is none, or it is not open.
  partition_log* find(const topic_partition& partition);
  /// In the order of their names.
  std::vector<partition_log*> logs();

  /// Periodic work that is due: checkpoints, retention.
  void tick(instant now);
  time_point deadline() const;

  state current_state() const { return state_; }
  /// Valid once open.
  const uuid& id() const { return id_; }
  /// Whether it was left cleanly, and the broker's epoch then; -1: unknown.
  bool was_clean() const { return clean_; }
  std::int64_t last_broker_epoch() const { return last_broker_epoch_; }

 private:
  void on_durable(partition_log& log) override;
  void on_start_moved(partition_log& log) override;
  void on_rolled(partition_log& log, instant now) override;
  void before_truncation(partition_log& log, done_handler ready) override;
  void on_offline(partition_log& log, const error& why) override;

  log_listener& as_listener() { return *this; }
  void fail_open(const error& why);
  void sort_entries(const std::vector<directory_entry>& entries);
  void claim(entropy_source& entropy);
  void read_checkpoints();
  void remove_marker();
  void tell_missing();
  void load_next();
  void finish_opening();
  load_hints hints_for(const topic_partition& partition) const;
  void write_checkpoints(done_handler done);
  void tell_starts();
  void checkpoint_or_go_offline();
  void replace_durably(std::string_view name, const std::string& text, done_handler done);
  void close_logs(std::int64_t broker_epoch, done_handler done);
  std::shared_ptr<partition_log> give_up(const topic_partition& partition);
  void go_offline(const error& why);
  error refusal() const;
  std::string path(std::string_view name) const;
  void say(log_level level, const std::string& what) const;

  log_environment& environment_;
  data_directory_options options_;
  data_directory_listener& listener_;
  disk_client disk_;
  state state_ = state::idle;
  instant now_;
  uuid id_;
  done_handler opened_;
  std::vector<topic_partition> to_load_;
  int loading_ = 0;
  int creating_ = 0;
  unique_function<void()> close_when_created_;
  bool clean_ = false;
  bool distrusted_ = false;  // a checkpoint could not be read
  std::int64_t last_broker_epoch_ = -1;
  std::set<std::string> found_;                 // names of directories
  offset_checkpoint recovery_points_, starts_;  // as they were found, or are being written
  offset_checkpoint watermarks_, compacted_;    // as they were found
  std::map<topic_partition, std::unique_ptr<partition_log>> logs_;
  std::vector<done_handler> checkpoint_waiters_;
  bool checkpointing_ = false;
  time_point next_checkpoint_ = never;
  time_point next_retention_ = never;
};

}  // namespace klamm::broker::log
