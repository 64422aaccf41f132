#include "broker/server/posix_disk.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <climits>
#include <doctest/doctest.h>

#include "tests/unit/broker/server/temporary_directory.hpp"

namespace klamm::broker::server {
namespace {

using namespace log;
using test::temporary_directory;

// System calls that fail, or stop short, where the test says so.
class failing_files final : public file_layer {
 public:
  std::atomic<int> sync_error = 0;  // the next fdatasync fails with it, once
  std::atomic<int> syncs = 0;
  std::size_t disk_space = SIZE_MAX;  // bytes that still fit
  std::size_t most_at_once = SIZE_MAX;
  bool unreadable = false;
  std::atomic<int> free_descriptors = INT_MAX;  // so many opens succeed
  std::size_t limit = SIZE_MAX;                 // of the descriptors

  int open(const char* path, int flags, unsigned mode) override {
    if (free_descriptors <= 0) return errno = EMFILE, -1;
    --free_descriptors;
    return file_layer::open(path, flags, mode);
  }
  int close(int fd) override {
    ++free_descriptors;
    return file_layer::close(fd);
  }
  std::size_t descriptor_limit() override { return limit; }

  ssize_t pwritev(int fd, const iovec* from, int count, std::uint64_t position) override {
    if (disk_space == 0) return errno = ENOSPC, -1;
    iovec first = from[0];
    const auto limit = std::min(disk_space, most_at_once);
    if (limit == SIZE_MAX) return file_layer::pwritev(fd, from, count, position);
    first.iov_len = std::min(first.iov_len, limit);
    const auto n = file_layer::pwritev(fd, &first, 1, position);
    if (n > 0 && disk_space != SIZE_MAX) disk_space -= static_cast<std::size_t>(n);
    return n;
  }
  ssize_t pread(int fd, void* to, std::size_t count, std::uint64_t position) override {
    if (unreadable) return errno = EIO, -1;
    return file_layer::pread(fd, to, std::min(count, most_at_once), position);
  }
  int fdatasync(int fd) override {
    ++syncs;
    if (const auto failure = sync_error.exchange(0)) return errno = failure, -1;
    return file_layer::fdatasync(fd);
  }
};

// A disk, and the completions of what it was given, by the order of submitting.
struct disk_fixture {
  temporary_directory directory;
  failing_files files;
  std::mutex lock;
  std::condition_variable arrived;
  std::map<disk_op_id, disk_completion> done;
  std::vector<disk_op_id> order;
  std::int64_t submitted = 0;
  posix_disk disk;

  explicit disk_fixture(int threads = 0, int helpers = 0)
      : disk({threads, &files, helpers}, [this](std::vector<disk_completion>&& all) {
          const std::lock_guard held(lock);
          for (auto& one : all) {
            order.push_back(one.id);
            done[one.id] = std::move(one);
          }
          arrived.notify_all();
        }) {}

  disk_op_id begin(disk_operation what) {
    const disk_op_id id(submitted++);
    disk_effects one;
    one.push_back({id, std::move(what)});
    disk.submit(std::move(one));
    return id;
  }
  disk_completion wait(disk_op_id id) {
    std::unique_lock held(lock);
    arrived.wait(held, [&] { return done.contains(id); });
    return done[id];
  }
  disk_completion run(disk_operation what) { return wait(begin(std::move(what))); }

  disk_completion create(file_id file, const std::string& name) {
    return run(disk::open{file, directory / name, disk::open_mode::create});
  }
  disk_completion write(file_id file, std::uint64_t at, std::string_view text) {
    return run(writing(file, at, text));
  }
  static disk::write writing(file_id file, std::uint64_t at, std::string_view text) {
    return {file, at, byte_chain(buffer_slice::copy(as_bytes_view(text)))};
  }
  std::string read(file_id file, std::uint64_t at, std::size_t count) {
    return std::string(as_text(run(disk::read{file, at, count}).bytes.view()));
  }
};

constexpr file_id first(1), second(2);

TEST_CASE("what was written is read, at its place, up to the end of the file") {
  for (const int threads : {0, 2}) {
    disk_fixture f(threads);
    CHECK(f.create(first, "a.log").size == 0);
    byte_chain two(buffer_slice::copy(as_bytes_view("hello ")));
    two.append(buffer_slice::copy(as_bytes_view("gorge")));
    CHECK(f.run(disk::write{first, 0, two}).ok());
    CHECK(f.write(first, 6, "K").ok());
    CHECK(f.run(disk::sync_file{first}).ok());
    CHECK(f.read(first, 0, 100) == "hello Korge");
    CHECK(f.read(first, 6, 2) == "Ko");
    CHECK(f.read(first, 11, 10).empty());
    CHECK(f.run(disk::truncate{first, 5}).ok());
    CHECK(f.run(disk::close{first}).ok());
    CHECK(f.run(disk::open{second, f.directory / "a.log"}).size == 5);
    CHECK(f.read(second, 0, 100) == "hello");
  }
}

TEST_CASE("a read costs memory for what the file has, not for what was asked") {
  disk_fixture f;
  f.create(first, "a");
  f.write(first, 0, "abc");
  const auto done = f.run(disk::read{first, 1, SIZE_MAX / 2});
  CHECK(done.ok());
  CHECK(as_text(done.bytes.view()) == "bc");
}

TEST_CASE("reads and writes that the system does in pieces are finished") {
  disk_fixture f;
  f.create(first, "a");
  f.files.most_at_once = 3;
  byte_chain pieces;
  for (const std::string_view part : {"abcd", "ef", "ghijkl"})
    pieces.append(buffer_slice::copy(as_bytes_view(part)));
  CHECK(f.run(disk::write{first, 0, pieces}).ok());
  CHECK(f.read(first, 0, 12) == "abcdefghijkl");
}

TEST_CASE("a full disk is KAFKA_STORAGE_ERROR, with the file and the place in the detail") {
  disk_fixture f;
  f.create(first, "a");
  f.files.disk_space = 4;
  const auto done = f.write(first, 10, "abcdef");
  CHECK(done.failure == error_code::kafka_storage_error);
  CHECK(done.detail == "writing 2 bytes at 14 of " + f.directory / "a" + ": No space left on device");
}

TEST_CASE("a medium that cannot be read is io_error") {
  disk_fixture f;
  f.create(first, "a");
  f.write(first, 0, "abc");
  f.files.unreadable = true;
  const auto done = f.run(disk::read{first, 0, 3});
  CHECK(done.failure == error_code::io_error);
  CHECK(done.detail.ends_with("/a: Input/output error"));
}

TEST_CASE(
    "a failed sync stays failed: the second one is not even tried, since the system would call it a "
    "success") {
  disk_fixture f;
  f.create(first, "a");
  f.create(second, "b");
  f.files.sync_error = EIO;
  CHECK(f.run(disk::sync_file{first}).failure == error_code::io_error);
  const auto again = f.run(disk::sync_file{first});
  CHECK(again.failure == error_code::io_error);
  CHECK(again.detail == "syncing " + f.directory / "a" + ": Input/output error");
  CHECK(f.files.syncs == 1);
  CHECK(f.run(disk::sync_file{second}).ok());
}

TEST_CASE("operations on a file that is not open fail, and say which") {
  disk_fixture f;
  CHECK(f.run(disk::read{first, 0, 1}).failure == error_code::io_error);
  const auto missing = f.run(disk::open{second, f.directory / "missing"});
  CHECK(missing.failure == error_code::resource_not_found);
  CHECK(missing.detail == "opening " + f.directory / "missing" + ": No such file or directory");
  CHECK(f.write(second, 0, "x").detail.starts_with(f.directory / "missing"));
}

TEST_CASE("directories: made with their parents, listed by name, renamed in, removed whole") {
  disk_fixture f;
  CHECK(f.run(disk::make_directory{f.directory / "x/y"}).ok());
  f.create(first, "x/b");
  f.write(first, 0, "12");
  f.create(second, "x/a");
  CHECK(f.run(disk::rename{f.directory / "x/a", f.directory / "x/c"}).ok());
  CHECK(f.run(disk::sync_directory{f.directory / "x"}).ok());
  const auto listed = f.run(disk::list_directory{f.directory / "x"}).entries;
  REQUIRE(listed.size() == 3);
  CHECK((listed[0].name == "b" && listed[0].size == 2 && !listed[0].is_directory));
  CHECK((listed[1].name == "c" && listed[1].size == 0));
  CHECK((listed[2].name == "y" && listed[2].is_directory));
  CHECK(f.run(disk::remove{f.directory / "x"}).ok());
  CHECK(f.run(disk::remove{f.directory / "x"}).ok());
  CHECK(f.run(disk::list_directory{f.directory / "x"}).failure == error_code::resource_not_found);
  CHECK(f.run(disk::sync_directory{f.directory / "x"}).failure == error_code::resource_not_found);
}

TEST_CASE(
    "without threads a completion comes before submit returns, and what its handler submits does not nest") {
  temporary_directory directory;
  int depth = 0, deepest = 0, completed = 0;
  posix_disk* self = nullptr;
  posix_disk disk({}, [&](std::vector<disk_completion>&&) {
    deepest = std::max(deepest, ++depth);
    if (++completed < 1000) {
      disk_effects next;
      next.push_back({disk_op_id(completed), disk::make_directory{directory / "d"}});
      self->submit(std::move(next));
    }
    --depth;
  });
  self = &disk;
  disk_effects one;
  one.push_back({disk_op_id(0), disk::make_directory{directory / "d"}});
  disk.submit(std::move(one));
  CHECK(completed == 1000);
  CHECK(deepest == 1);
}

TEST_CASE(
    "helpers take part of a round: it is done when submit returns, each file's operations in their order") {
  disk_fixture f(0, 4);
  disk_effects round;
  const auto add = [&](disk_operation what) {
    round.push_back({disk_op_id(f.submitted++), std::move(what)});
  };
  constexpr int files = 20;
  for (int i = 0; i < files; ++i) {
    const file_id file(i);
    add(disk::open{file, f.directory / std::to_string(i), disk::open_mode::create});
    add(disk_fixture::writing(file, 0, "first"));
    add(disk_fixture::writing(file, 0, "second"));
    add(disk::sync_file{file});
    add(disk::truncate{file, 3});
  }
  f.disk.submit(std::move(round));
  REQUIRE(f.done.size() == static_cast<std::size_t>(f.submitted));
  for (std::size_t i = 0; i < f.order.size(); ++i)
    CHECK(f.order[i] == disk_op_id(static_cast<std::int64_t>(i)));
  for (const auto& [id, done] : f.done) CHECK(done.ok());
  for (int i = 0; i < files; ++i) CHECK(f.read(file_id(i), 0, 10) == "sec");
}

TEST_CASE("where no descriptor is free, a file's operations wait in their order until one is") {
  for (const int threads : {0, 2}) {
    disk_fixture f(threads);
    CHECK(f.create(first, "a.log").ok());
    f.files.free_descriptors = 0;
    const auto opened = f.begin(disk::open{second, f.directory / "b.log", disk::open_mode::create});
    const auto written = f.begin(disk_fixture::writing(second, 0, "waited"));
    const auto synced = f.begin(disk::sync_directory{f.directory.path()});
    CHECK(f.write(first, 0, "goes on").ok());  // who has a descriptor does not wait
    f.disk.retry();
    CHECK(f.run(disk::sync_file{first}).ok());
    {
      const std::lock_guard held(f.lock);
      CHECK_FALSE(f.done.contains(opened));
    }
    CHECK(f.disk.short_of_descriptors());
    CHECK(f.run(disk::close{first}).ok());  // one is free, and is enough for both, one after the other
    const auto closed = f.begin(disk::close{second});
    while (f.disk.short_of_descriptors()) f.disk.retry();
    CHECK(f.wait(opened).ok());
    CHECK(f.wait(written).ok());
    CHECK(f.wait(closed).ok());
    CHECK(f.wait(synced).ok());
    CHECK(f.run(disk::open{file_id(3), f.directory / "b.log"}).size == 6);
  }
}

TEST_CASE("a descriptor that another frees is found when it is tried again") {
  for (const int threads : {0, 2}) {
    disk_fixture f(threads);
    f.files.free_descriptors = 0;
    const auto opened = f.begin(disk::open{first, f.directory / "a.log", disk::open_mode::create});
    const auto listed = f.begin(disk::sync_directory{f.directory.path()});
    while (!f.disk.short_of_descriptors()) std::this_thread::yield();
    f.files.free_descriptors = 2;
    while (f.disk.short_of_descriptors()) f.disk.retry();
    CHECK(f.wait(opened).ok());
    CHECK(f.wait(listed).ok());
  }
}

TEST_CASE("what is new leaves the last eighth of the descriptors to what has to go on") {
  disk_fixture f;
  CHECK(f.create(first, "a.log").ok());  // its descriptor is below any that the system gives next
  f.files.limit = 3;
  const auto fresh = f.begin(disk::open{second, f.directory / "b.log", disk::open_mode::create, true});
  CHECK(f.disk.short_of_descriptors());
  CHECK(f.create(file_id(3), "c.log").ok());
  f.files.limit = 1 << 20;
  f.disk.retry();
  CHECK(f.wait(fresh).ok());
  CHECK_FALSE(f.disk.short_of_descriptors());
}

TEST_CASE("with threads the operations of one file complete in their order, whatever other files do") {
  disk_fixture f(3);
  std::vector<disk_op_id> ids[2];
  const file_id files[] = {first, second};
  for (int i = 0; i < 2; ++i)
    ids[i].push_back(f.begin(disk::open{files[i], f.directory / std::to_string(i), disk::open_mode::create}));
  for (int round = 0; round < 200; ++round)
    for (int i = 0; i < 2; ++i)
      ids[i].push_back(f.begin(disk_fixture::writing(files[i], 0, std::to_string(round))));
  for (int i = 0; i < 2; ++i) ids[i].push_back(f.begin(disk::close{files[i]}));
  for (const auto& of_file : ids) {
    f.wait(of_file.back());
    const std::lock_guard held(f.lock);
    std::vector<disk_op_id> seen;
    std::ranges::copy_if(f.order, std::back_inserter(seen),
                         [&](disk_op_id id) { return std::ranges::find(of_file, id) != of_file.end(); });
    CHECK(seen == of_file);
  }
  CHECK(f.run(disk::open{file_id(3), f.directory / "0"}).size == 3);
  CHECK(f.read(file_id(3), 0, 3) == "199");
}

}  // namespace
}  // namespace klamm::broker::server
