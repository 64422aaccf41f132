// A disk that exists in memory, with everything that disks do to those who trust them.
//
//   performed   an operation takes effect in the volatile view at its completion, in the order of the contract (disk.hpp):
//               in order on one file_id, in any order otherwise
//   volatile    what reads and listings see: survives the death of the process
//   durable     file contents as of the last sync, names as of the last sync of their directory: what a power cut leaves
//
//   crash::kill    the volatile view stays; operations that were not performed are lost, any of them
//   in a write     of one of the writes that were under way, or not synced, a part is left for certain: the rest is torn off or,
//                  behind a power cut, perhaps zeroes
//   crash::power   the durable view, and of what was pending any part: a subset of the names, and of each file's unsynced
//                  writes a subset, any of them perhaps torn in its middle, a hole read as zeroes
//   an error       a write leaves a part of its bytes behind; a sync leaves the file in doubt, and fails ever after until the
//                  machine boots anew; a rename leaves both names as they were
//
// Deterministic under its seed. Delays are numbers of steps: whoever drives the disk decides what a step is.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "broker/log/disk.hpp"

namespace klamm::sim {

struct disk_options {
  /// The chance that a performable operation waits for another step; reorders operations on different files.
  double delay = 0;
  /// The chances that an operation fails, with an I/O error or, where it needs room, for want of it. The directory should be
  /// given up then.
  double sync_failure = 0;
  double write_failure = 0;
  double rename_failure = 0;
  /// Bytes that all files together may hold.
  std::uint64_t capacity = UINT64_MAX;
};

enum class crash { kill, power };

struct disk_counts {
  std::uint64_t syncs = 0, torn_writes = 0;
  std::uint64_t write_errors = 0, no_space = 0, sync_errors = 0, rename_errors = 0;
  std::uint64_t errors() const { return write_errors + no_space + sync_errors + rename_errors; }
};

class disk {
 public:
  disk(std::uint64_t seed, disk_options options = {}) : random_(seed), options_(options) {}

  void submit(broker::log::disk_effects&& operations);
  /// Performs some operations that may go now, and returns their completions. Empty only if nothing is queued.
  std::vector<broker::log::disk_completion> step();
  bool idle() const { return queued_.empty(); }
  std::size_t queued() const { return queued_.size(); }
  std::size_t open_files() const { return open_.size(); }
  /// Without those whose close is on its way.
  std::size_t kept_open() const;
  std::size_t open_inside(const std::string& directory) const;

  /// The process or the machine dies: nothing that was submitted is answered any more, all files are closed.
  void crash(sim::crash how, bool in_a_write = false);

  void set_options(const disk_options& options) { options_ = options; }
  const disk_counts& counts() const { return counts_; }
  std::uint64_t syncs() const { return counts_.syncs; }
  /// Whether that crash may tear a write now.
  bool may_tear(sim::crash how) const;

  /// A directory that was there before anything began.
  void mount(const std::string& path);

  // For tests: the volatile view, by full path.
  std::vector<std::string> files() const;
  std::optional<std::vector<std::byte>> content(const std::string& path) const;
  /// Replaces a file, in the durable view too.
  void put(const std::string& path, std::vector<std::byte> content);
  /// With everything inside, in the durable view too.
  void erase(const std::string& path);
  void flip_bit(const std::string& path, std::uint64_t byte, int bit);

 private:
  struct pending_write {
    std::uint64_t position = 0;
    std::vector<std::byte> bytes;
    std::optional<std::uint64_t> truncate;  // a truncation instead
  };
  struct inode {
    std::vector<std::byte> now;
    std::vector<std::byte> synced;
    std::vector<pending_write> unsynced;
    bool broken = false;  // a sync failed: later ones would lie
  };
  using node = std::shared_ptr<inode>;
  using names = std::map<std::string, node>;  // by full path; a directory is a null node

  broker::log::disk_completion perform(broker::log::disk_request& request);
  using completion = broker::log::disk_completion;
  void carry_out(const broker::log::disk::open& op, completion& out);
  void carry_out(const broker::log::disk::close& op, completion& out);
  void carry_out(const broker::log::disk::write& op, completion& out);
  void carry_out(const broker::log::disk::read& op, completion& out);
  void carry_out(const broker::log::disk::sync_file& op, completion& out);
  void carry_out(const broker::log::disk::truncate& op, completion& out);
  void carry_out(const broker::log::disk::make_directory& op, completion& out);
  void carry_out(const broker::log::disk::list_directory& op, completion& out);
  void carry_out(const broker::log::disk::sync_directory& op, completion& out);
  void carry_out(const broker::log::disk::rename& op, completion& out);
  void carry_out(const broker::log::disk::remove& op, completion& out);

  void fail_write(const broker::log::disk::write& op, inode& file, completion& out);
  inode* open_file(broker::log::file_id id, completion& out);
  std::uint64_t used() const;
  void make_parents(const std::string& path);
  bool tears(const broker::log::disk_request& request) const;
  void tear(const broker::log::disk::write& op);
  void cut_power(bool in_a_write);
  void lose_writes(inode& file);
  static bool tears(const pending_write& write) { return write.bytes.size() > 1; }
  static void apply(const pending_write& write, std::vector<std::byte>& to);

  rng random_;
  disk_options options_;
  std::deque<broker::log::disk_request> queued_;
  std::map<broker::log::file_id, node> open_;
  names now_;
  names synced_;
  disk_counts counts_;
  std::uint64_t before_torn_ =
      UINT64_MAX;  // of a power cut: how many writes more until one is torn for certain
};

}  // namespace klamm::sim
