#include "broker/raft/durable_file.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace klamm::broker::raft {
namespace {

namespace disk = log::disk;
using log::disk_completion;

error failed(const std::string& path, std::string_view doing, const disk_completion& done) {
  return {done.failure, fmt::format("cannot {} {}: {}", doing, path, done.detail)};
}

struct replacement {
  log::disk_client& client;
  file_place place;
  unique_function<void(result<void>)> done;
  std::unique_ptr<log::disk_file> file;
  bool answered = false;

  void finish(result<void> how) {
    if (std::exchange(answered, true)) return;
    done(std::move(how));
  }
  /// Whether to go on: nothing has failed so far. Answers with the failure otherwise.
  bool check(std::string_view doing, const disk_completion& completion) {
    if (!completion.ok()) finish(failed(place.path(), doing, completion));
    return !answered;
  }
};
using replacement_ptr = std::shared_ptr<replacement>;

void sync_directory(const replacement_ptr& r) {
  r->client.submit(disk::sync_directory{r->place.directory}, [r](disk_completion& completion) {
    if (r->check("sync the directory of", completion)) r->finish({});
  });
}

void rename(const replacement_ptr& r) {
  r->client.submit(disk::rename{r->place.temporary_path(), r->place.path()},
                   [r](disk_completion& completion) {
                     if (r->check("rename", completion)) sync_directory(r);
                   });
}

struct reading {
  std::unique_ptr<log::disk_file> file;
  unique_function<void(result<file_part>)> done;
};

}  // namespace

void replace_file(log::disk_client& client, const file_place& place, byte_chain content,
                  unique_function<void(result<void>)> done) {
  auto r = std::make_shared<replacement>(replacement{client, place, std::move(done), nullptr});
  const auto size = content.size();
  r->file =
      std::make_unique<log::disk_file>(client, place.temporary_path(), disk::open_mode::create,
                                       [r](disk_completion& completion) { r->check("open", completion); });
  r->file->write(0, std::move(content), [r](disk_completion& completion) { r->check("write", completion); });
  r->file->truncate(size, [r](disk_completion& completion) { r->check("truncate", completion); });
  r->file->sync([r](disk_completion& completion) {
    r->file.reset();
    if (r->check("sync", completion)) rename(r);
  });
}

void read_part(log::disk_client& client, const std::string& path, std::uint64_t position, std::size_t count,
               unique_function<void(result<file_part>)> done) {
  auto r = std::make_shared<reading>(reading{nullptr, std::move(done)});
  r->file =
      std::make_unique<log::disk_file>(client, path, disk::open_mode::read, [=](disk_completion& opened) {
        if (!opened.ok()) {
          r->file.reset();
          return r->done(failed(path, "open", opened));
        }
        r->file->read(position, std::min<std::uint64_t>(count, opened.size),
                      [r, path, size = opened.size](disk_completion& completion) {
                        r->file.reset();
                        if (!completion.ok()) return r->done(failed(path, "read", completion));
                        r->done(file_part{size, std::move(completion.bytes)});
                      });
      });
}

void read_file(log::disk_client& client, const std::string& path,
               unique_function<void(result<buffer_slice>)> done) {
  read_part(client, path, 0, SIZE_MAX, [done = std::move(done)](result<file_part> whole) mutable {
    if (!whole) return done(whole.failure());
    done(std::move(whole->bytes));
  });
}

}  // namespace klamm::broker::raft
