// Small files read and written whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "broker/log/disk_port.hpp"
#include "broker/log/log_types.hpp"

namespace klamm::broker::log {

/// `cannot write /data/orders-0/x.log: No space left on device`, as kafka_storage_error.
error disk_error(std::string_view doing, std::string_view path, const disk_completion& failed);

using content_handler = unique_function<void(result<buffer_slice>)>;

/// Reads a file of at most `limit` bytes. One that does not exist is resource_not_found; another failure is
/// kafka_storage_error.
void read_file(disk_client& disk, const std::string& path, std::size_t limit, content_handler done);

/// Writes `path`.tmp, syncs it, and renames it to `path`, so that either the old or the new content is there whole. The
/// caller syncs the directory when the new one must survive a power cut.
void replace_file(disk_client& disk, const std::string& path, buffer_slice content, done_handler done);

/// Several operations at once, and one answer when all are done: the first failure, or success.
class gathering {
 public:
  explicit gathering(done_handler done) : shared_(std::make_shared<shared>(std::move(done))) {
    ++shared_->open;
  }
  gathering(gathering&&) = default;
  /// Nothing more will be added. Calls `done` if all have answered.
  ~gathering() {
    if (shared_) shared_->answer({});
  }

  done_handler add() {
    ++shared_->open;
    return [shared = shared_](result<void> one) { shared->answer(std::move(one)); };
  }
  /// An operation whose failure is told as disk_error().
  disk_handler add(std::string_view doing, std::string path);

 private:
  struct shared {
    explicit shared(done_handler d) : done(std::move(d)) {}
    void answer(result<void> one) {
      if (!one && all) all = std::move(one);
      if (--open == 0) done(std::move(all));
    }
    done_handler done;
    result<void> all;
    std::size_t open = 0;
  };
  std::shared_ptr<shared> shared_;
};

}  // namespace klamm::broker::log
