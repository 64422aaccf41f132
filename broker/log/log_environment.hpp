// What a log stands on and who hears from it.
#pragma once

#include <string>

#include "base/faults.hpp"
#include "base/log_sink.hpp"
#include "base/rng.hpp"
#include "base/uuid.hpp"
#include "broker/log/disk_port.hpp"
#include "broker/log/log_types.hpp"
#include "broker/log/open_readers.hpp"
#include "broker/log/tail_memory.hpp"
#include "wire/compression.hpp"

namespace klamm::broker::log {

class partition_log;

/// What the logs of one node share. Outlives them.
struct log_environment {
  disk_port& disk;
  tail_memory& tail;
  wire::compressor& compression;  // look-ups by timestamp read records
  log_sink& sink;
  rng& random;
  fault_injector* faults = nullptr;
  open_readers readers{};
};

struct log_identity {
  topic_partition partition;
  uuid topic_id;
  std::string data_directory;  // the log's own directory is `topic-N` in it
  /// Its small files wait for nobody else's: the metadata's, for which no disk full of data may cost an election.
  bool apart = false;
};

/// What a log found when it was last left.
struct load_hints {
  bool clean = false;        // nothing was appended after the checkpoints were written
  offset recovery_point{0};  // everything below was synced
  offset start{0};           // from log-start-offset-checkpoint
  offset high_watermark{0};  // from replication-offset-checkpoint
  /// A log of which every record counts: what is damaged or missing below the recovery point keeps it from opening. Whether
  /// it goes far enough at its ends is for who opens it to say.
  bool whole = false;
  bool compacted = false;  // by a broker that does: offsets may be missing between its segments
};

/// Hears from a log, from within the log's own events and from within calls that change it: before they return.
class log_listener {
 public:
  virtual ~log_listener() = default;
  /// durable_end() moved on, or durable_start().
  virtual void on_durable(partition_log& log) = 0;
  /// start() moved on, and durable_start() did not: start_is_durable() is to be told when a checkpoint says so.
  virtual void on_start_moved(partition_log&) {}
  /// A segment was closed: what it holds is being synced, and nothing is appended to it any more.
  virtual void on_rolled(partition_log&, instant) {}
  /// The log is about to forget offsets: recovery_point() is lower now, and has to be on disk before they go.
  virtual void before_truncation(partition_log& log, done_handler ready) = 0;
  /// The disk refused: the log is offline, and so should be its whole directory.
  virtual void on_offline(partition_log& log, const error& why) = 0;
};

}  // namespace klamm::broker::log
