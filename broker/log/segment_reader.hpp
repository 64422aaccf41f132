// Reads what memory no longer holds: batches from an offset on, and offsets by timestamp.
//
//   event                            what happens
//   ------------------------------   ---------------------------------------------------------------------------------------
//   read, find                       a lease on the segment; its index is read if memory does not have it; then a first block
//   block: whole batches             those from the offset on are given, up to the bytes asked for
//   block: ends within a batch       read on from where that batch begins
//   block: another place than asked  the index is made anew, once, and the read begins again
//   block: a bad CRC, or no batch    corrupt_message; the operator hears of it once a segment
//   no segment behind                the answer ends; the lease too
//
// A read holds a lease on its segment and knows how far the disk had it when it began; truncation waits until no read is
// under way. Every batch that is given has a CRC that matches. An index that leads to the wrong place is made anew once;
// what is unreadable after that is damage in the log itself, and is said so.
#pragma once

#include "broker/log/log_environment.hpp"
#include "broker/log/segment_files.hpp"
#include "broker/log/segment_scan.hpp"
#include "wire/compression.hpp"
#include "wire/record_reader.hpp"

namespace klamm::broker::log {

class segment_reader {
 public:
  segment_reader(segment_files& files, const segment_list& segments, log_environment& environment)
      : files_(files), segments_(segments), environment_(environment) {}

  /// Precondition: the segments hold or precede spec.from, and the disk has it.
  void read(const read_spec& spec, std::int32_t interval, read_handler done);
  /// The first record at or behind `from` and below `up_to` whose timestamp is at least `at`.
  void find_timestamp(timestamp at, offset from, offset up_to, std::int32_t interval, lookup_handler done);
  void find_max_timestamp(offset from, offset up_to, std::int32_t interval, lookup_handler done);
  /// Makes sure that the indexes of all segments are there.
  void load_indexes(std::int32_t interval, done_handler done);

  /// Reads and look-ups under way.
  int outstanding() const { return outstanding_; }
  /// Called when one has ended.
  void on_ended(unique_function<void()> hears) { ended_ = std::move(hears); }
  /// Called when a segment is found to be damaged, once for each: clients ask again and again.
  void on_damage(unique_function<void(const error&)> hears) { damaged_ = std::move(hears); }

 private:
  struct batch_read;
  struct time_search;

  void ended();
  error damage(segment& of, std::uint64_t position);

  segment_files& files_;
  const segment_list& segments_;
  log_environment& environment_;
  unique_function<void()> ended_;
  unique_function<void(const error&)> damaged_;
  int outstanding_ = 0;
};

}  // namespace klamm::broker::log
