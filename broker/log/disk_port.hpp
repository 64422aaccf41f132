// Where the machines of one node meet the disk: operations are numbered here, and each completion finds who waits for it.
//
//   machine                            disk_port                            shell or simulator
//   --------------------------------   ----------------------------------   -----------------------------------------
//   disk_client::submit(op, handler)   gives it an id, keeps the handler    take(out) after each event: performs them
//   handler(completion)                the client still lives? calls it     complete(completion), in any order
//   ~disk_client                       its handlers are never called        its operations still run
//
// A disk_client belongs to one machine and is destroyed with it, so that a handler may hold a pointer to its machine.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "base/unique_function.hpp"
#include "broker/log/disk.hpp"
#include "broker/log/file_turns.hpp"

namespace klamm::broker::log {

using disk_handler = unique_function<void(disk_completion&)>;

class disk_port {
 public:
  disk_port() = default;
  disk_port(const disk_port&) = delete;
  disk_port& operator=(const disk_port&) = delete;
  /// Handlers that still wait are destroyed uncalled; what they would close is left to the shell.
  ~disk_port();

  /// Moves what was submitted since the last call behind `out`.
  void take(disk_effects& out);
  bool has_effects() const { return !effects_.empty(); }
  /// Precondition: the operation was submitted here and this is its first completion.
  void complete(disk_completion done);
  /// Operations that were submitted and not completed.
  std::size_t outstanding() const { return outstanding_; }

 private:
  friend class disk_client;
  friend class disk_file;
  struct waiting {
    std::weak_ptr<const void> client;
    disk_handler handler;
    bool done = false;
  };

  disk_op_id submit(std::weak_ptr<const void> client, disk_operation operation, disk_handler handler);
  file_id next_file() { return file_id(next_file_++); }

  file_turns replacing_;
  disk_effects effects_;
  std::deque<waiting> waiting_;  // of the operations first_ and on
  std::int64_t first_ = 0;
  std::int64_t next_file_ = 0;
  std::size_t outstanding_ = 0;
  bool ending_ = false;
};

/// One machine's access to the disk.
class disk_client {
 public:
  /// `apart`: its files are replaced without waiting for turns, and take none.
  explicit disk_client(disk_port& port, bool apart = false)
      : port_(&port), alive_(std::make_shared<char>()), apart_(apart) {}
  disk_client(const disk_client&) = delete;
  disk_client& operator=(const disk_client&) = delete;

  disk_op_id submit(disk_operation operation, disk_handler handler = nullptr) {
    return port_->submit(alive_, std::move(operation), std::move(handler));
  }
  /// Begins now or when fewer files of the node are being replaced; never once this client is gone.
  void in_turn(file_turns::task begin) {
    if (apart_) return begin(nullptr);
    port_->replacing_.ask(alive_, std::move(begin));
  }

 private:
  friend class disk_file;
  disk_port* port_;
  std::shared_ptr<const void> alive_;
  bool apart_;
};

/// An open file: operations on it complete in the order in which they were submitted, so that none has to wait for the
/// open. Destroying it submits the close.
class disk_file {
 public:
  /// Submits the open. `opened` hears its size or why it failed.
  disk_file(disk_client& client, std::string path, disk::open_mode mode, disk_handler opened = nullptr,
            bool for_new = false);
  disk_file(disk_file&&) = delete;
  ~disk_file();

  void write(std::uint64_t position, byte_chain bytes, disk_handler done);
  void read(std::uint64_t position, std::size_t count, disk_handler done);
  void sync(disk_handler done);
  void truncate(std::uint64_t size, disk_handler done);
  const std::string& path() const { return path_; }
  /// A rename of an open file does not close it.
  void renamed_to(std::string path) { path_ = std::move(path); }

 private:
  void submit(disk_operation operation, disk_handler done);

  disk_port& port_;
  std::weak_ptr<const void> client_;
  file_id id_;
  std::string path_;
};

}  // namespace klamm::broker::log
