// How many files a log keeps open, and what is said where one cannot be opened.
#include <doctest/doctest.h>

#include "disk_steps.hpp"
#include "log_node.hpp"

namespace klamm::broker::log::test {
namespace {

// So many closed segments that nobody has read, and nothing of them in memory.
void make_segments(log_node& node, int count) {
  node.options.segment_bytes = 1000;
  node.tail_budget = 0;
  node.restart();
  node.create();
  node.fill(count, 1, 900);
}

TEST_CASE("of the segments that were read only a few stay open") {
  log_node node;
  node.most_readers = 3;
  make_segments(node, 20);
  const auto before = node.disk.open_files();
  CHECK(node.offsets_from(offset(0)).size() == 20);
  CHECK(node.disk.open_files() <= before + 3);
  CHECK(node.find(timestamp(1000)).has_value());
  CHECK(node.offsets_from(offset(0)).size() == 20);
  CHECK(node.disk.open_files() <= before + 3);
  node.expect([&](done_handler done) { node.log->close(std::move(done)); });
  node.log.reset();
  node.settle();
  CHECK(node.disk.open_files() == 0);
}

TEST_CASE("the one that was read longest ago is closed, and not before what was asked of it is answered") {
  log_node node;
  node.most_readers = 2;
  make_segments(node, 6);
  std::vector<std::int64_t> answered;
  for (const auto from : {0, 1, 2, 3, 4, 0, 1})
    node.log->read({offset(from), node.log->end(), 1, true}, [&answered](result<read_result> found) {
      REQUIRE(found.has_value());
      answered.push_back(bases(*found).front());
    });
  node.settle();
  std::ranges::sort(answered);
  CHECK(answered == std::vector<std::int64_t>{0, 0, 1, 1, 2, 3, 4});
  CHECK(node.offline == 0);
}

TEST_CASE("a scan of a file goes on when others have taken its place") {
  sim::disk disk(1);
  disk.mount("/data");
  disk_port port;
  disk_client client(port);
  open_readers readers(1);
  reader_slot first, second;
  disk.put("/data/first", make_batch({}));
  disk.put("/data/second", {});
  const auto size = make_batch({}).size();
  std::optional<scan_result> found;
  scan_batches(
      readers.open(first, client, "/data/first"), {.from = 0, .to = size + 1},
      [](const wire::batch_view&, std::uint64_t, bool) { return scan_step::go_on; },
      [&found](result<scan_result> how) {
        REQUIRE(how.has_value());
        found = *how;
      });
  readers.open(second, client, "/data/second");
  CHECK_FALSE(readers.find(first));
  CHECK(readers.find(second));
  settle(port, disk);
  REQUIRE(found);
  CHECK(found->position == size);
  CHECK(disk.open_files() == 1);
  second.close();
  settle(port, disk);
  CHECK(disk.open_files() == 0);
}

TEST_CASE(
    "of segments that are to be removed none is open for writing any more, however long a reader keeps the "
    "first") {
  sim::disk disk(1);
  disk.mount("/d");
  disk_port port;
  disk_client client(port);
  open_readers readers(2);
  segment_files files(client, readers, "/d");
  segment_list gone;
  for (int i = 0; i < 10; ++i) {
    gone.push_back(std::make_shared<segment>(offset(i)));
    files.open_for_writing(*gone.back(), true);
  }
  std::optional<segment_lease> read(gone.front());
  const auto reading = files.reading(*gone.front());
  settle(port, disk);
  REQUIRE(disk.open_files() == 11);
  files.remove(gone);
  settle(port, disk);
  CHECK(disk.open_files() == 1);
  CHECK(disk.files().size() == 10);
  read.reset();
  files.poll_removals();
  settle(port, disk);
  CHECK(disk.files().empty());
  CHECK_FALSE(files.removing());
}

TEST_CASE("a file that cannot be replaced is said to be so by what failed first") {
  sim::disk disk(1);
  disk_port port;
  disk_client client(port);
  std::string why;
  replace_file(client, "/nowhere/checkpoint", buffer_slice(), [&why](result<void> how) {
    REQUIRE_FALSE(how);
    why = how.failure().message;
  });
  settle(port, disk);
  CHECK(why.starts_with("cannot make /nowhere/checkpoint.tmp: "));
}

}  // namespace
}  // namespace klamm::broker::log::test
