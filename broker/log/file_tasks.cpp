#include "broker/log/file_tasks.hpp"

#include <fmt/format.h>

namespace klamm::broker::log {

error disk_error(std::string_view doing, std::string_view path, const disk_completion& failed) {
  return error(error_code::kafka_storage_error, fmt::format("cannot {} {}: {}", doing, path, failed.detail));
}

void read_file(disk_client& disk, const std::string& path, std::size_t limit, content_handler done) {
  // The file lives until its last operation has answered; the open's answer starts the read.
  struct reading {
    std::unique_ptr<disk_file> file;
    content_handler done;
  };
  auto task = std::make_shared<reading>();
  task->done = std::move(done);
  task->file =
      std::make_unique<disk_file>(disk, path, disk::open_mode::read, [task, limit](disk_completion& opened) {
        const auto path = task->file->path();
        if (opened.failure == error_code::resource_not_found) {
          task->file.reset();
          return task->done(error(error_code::resource_not_found, path));
        }
        if (!opened.ok() || opened.size > limit) {
          if (opened.ok()) opened.detail = fmt::format("{} bytes are more than it can have", opened.size);
          task->file.reset();
          return task->done(disk_error("read", path, opened));
        }
        task->file->read(0, static_cast<std::size_t>(opened.size), [task](disk_completion& read) {
          const auto path = task->file->path();
          task->file.reset();
          if (!read.ok()) return task->done(disk_error("read", path, read));
          task->done(std::move(read.bytes));
        });
      });
}

namespace {

void write_and_rename(disk_client& disk, const std::string& path, buffer_slice content, done_handler done) {
  const auto temporary = path + ".tmp";
  auto file = std::make_shared<std::unique_ptr<disk_file>>();
  auto written = gathering([&disk, path, temporary, file, done = std::move(done)](result<void> all) mutable {
    file->reset();
    if (!all) return done(std::move(all));
    disk.submit(disk::rename{temporary, path},
                [path, done = std::move(done)](disk_completion& renamed) mutable {
                  done(renamed.ok() ? result<void>() : disk_error("rename to", path, renamed));
                });
  });
  *file =
      std::make_unique<disk_file>(disk, temporary, disk::open_mode::create, written.add("make", temporary));
  (*file)->truncate(0, written.add("truncate", path));
  (*file)->write(0, byte_chain(std::move(content)), written.add("write", path));
  (*file)->sync(written.add("sync", path));
}

}  // namespace

void replace_file(disk_client& disk, const std::string& path, buffer_slice content, done_handler done) {
  disk.in_turn([&disk, path, content = std::move(content), done = std::move(done)](auto turn) mutable {
    write_and_rename(disk, path, std::move(content),
                     [turn = std::move(turn), done = std::move(done)](result<void> how) mutable {
                       turn.reset();
                       done(std::move(how));
                     });
  });
}

disk_handler gathering::add(std::string_view doing, std::string path) {
  return [one = add(), doing, path = std::move(path)](disk_completion& done) mutable {
    one(done.ok() ? result<void>() : disk_error(doing, path, done));
  };
}

}  // namespace klamm::broker::log
