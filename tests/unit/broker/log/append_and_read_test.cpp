#include <doctest/doctest.h>

#include "broker/log/roll_policy.hpp"
#include "log_node.hpp"

namespace klamm::broker::log::test {
namespace {

std::vector<std::int64_t> run(std::int64_t count, std::int64_t from = 0) {
  std::vector<std::int64_t> out;
  for (auto i = from; i < from + count; ++i) out.push_back(i);
  return out;
}

TEST_CASE("the leader gives offsets and its epoch, and the CRC still holds") {
  log_node node;
  node.create();
  const auto first = node.append({.records = 3}, leader_epoch(7));
  const auto second = node.append({.records = 2}, leader_epoch(7));
  REQUIRE(first);
  CHECK(first->first == offset(0));
  CHECK(second->first == offset(3));
  CHECK(second->last == offset(4));
  const auto found = node.read(offset(0));
  CHECK(bases(*found) == std::vector<std::int64_t>{0, 3});
  const auto bytes = found->batches.flatten();
  CHECK(wire::read_batch_header(bytes.data()).partition_leader_epoch == leader_epoch(7));
}

TEST_CASE("fsync=os counts what is written, fsync=ack what is synced") {
  for (const auto mode : {fsync_mode::os, fsync_mode::ack}) {
    log_node node;
    node.options.fsync = mode;
    node.create();
    node.fill(1);  // the epoch is written down, which syncs
    const auto before = node.disk.syncs();
    REQUIRE(node.append({}));
    CHECK(node.log->durable_end() == offset(1));
    node.settle();
    CHECK(node.durable == offset(2));
    CHECK(node.log->flushed_end() == (mode == fsync_mode::ack ? offset(2) : offset(0)));
    CHECK((node.disk.syncs() > before) == (mode == fsync_mode::ack));
  }
}

TEST_CASE("one sync covers all that was appended while the last one ran") {
  log_node node;
  node.options.fsync = fsync_mode::ack;
  node.create();
  node.fill(1);
  const auto before = node.disk.syncs();
  REQUIRE(node.append({}));
  node.step();  // written; the sync is submitted
  for (int i = 0; i < 100; ++i) REQUIRE(node.append({}));
  CHECK(node.log->unflushed_bytes() > 0);
  node.settle();
  CHECK(node.log->flushed_end() == offset(102));
  CHECK(node.disk.syncs() - before <= 4);
  CHECK(node.log->unflushed_bytes() == 0);
}

TEST_CASE("a segment closes by size, by the records' time, and before an offset would not fit") {
  const log_options options{.segment_bytes = 1000, .segment_ms = millis(100)};
  const roll_question question{.segment_size = 900,
                               .batch_size = 50,
                               .segment_base = offset(10),
                               .batch_last = offset(20),
                               .segment_first = timestamp(500),
                               .segment_created = timestamp(0),
                               .batch_largest = timestamp(550),
                               .now = timestamp(10'000)};
  CHECK_FALSE(should_roll(question, options));
  auto q = question;
  q.batch_size = 101;
  CHECK(should_roll(q, options));
  q = question;
  q.batch_largest = timestamp(601);
  CHECK(should_roll(q, options));
  q.jitter = millis(0);
  q.batch_largest = timestamp(590);
  CHECK_FALSE(should_roll(q, options));
  q.jitter = millis(20);
  CHECK(should_roll(q, options));
  q = question;
  q.batch_last = offset(10 + std::int64_t{INT32_MAX} + 1);
  CHECK(should_roll(q, options));
  q = question;
  q.index_full = true;
  CHECK(should_roll(q, options));
  q = question;
  q.segment_first = timestamp();  // no timestamps: the clock counts
  CHECK(should_roll(q, options));
  q.segment_size = 0;
  CHECK_FALSE(should_roll(q, options));
}

TEST_CASE("what memory no longer holds is read from the disk, across segments") {
  log_node node;
  node.tail_budget = 8192;
  node.restart();
  node.options.segment_bytes = 20'000;
  node.create();
  node.fill(500, 1, 100);
  CHECK(node.log->segment_count() > 3);
  CHECK(node.tail->used() < 64 << 10);
  CHECK(node.offsets_from(offset(0)) == run(500));
  CHECK(node.offsets_from(offset(123)) == run(377, 123));
}

TEST_CASE("a read gives whole batches up to its limit, and at least one where asked") {
  for (const std::size_t budget : {std::size_t{16} << 20, std::size_t{4096}}) {
    log_node node;
    node.tail_budget = budget;
    node.restart();
    node.create();
    node.fill(100, 2, 1000);
    const auto size = make_batch({.records = 2, .value_size = 1000}).size();
    CHECK(bases(*node.read(offset(1), size * 2 + 10)) == std::vector<std::int64_t>{0, 2});
    CHECK(bases(*node.read(offset(0), 5)) == std::vector<std::int64_t>{0});
    CHECK(bases(*node.read(offset(0), 5, false)).empty());
  }
}

TEST_CASE("a batch is read wherever the block that is read first ends in it") {
  constexpr std::size_t block = 65'536 + 1;  // what is read for one byte
  const auto overhead = make_batch({.records = 1, .value_size = 65'000}).size() - 65'000;
  for (std::size_t into = 0; into < 80; ++into) {
    CAPTURE(into);
    log_node node;
    node.tail_budget = 4096;
    node.restart();
    node.options.index_interval_bytes = 1 << 20;
    node.create();
    node.fill(1, 1, block - into - overhead);
    node.fill(60, 1, 100);
    CHECK(bases(*node.read(offset(1), 1)) == std::vector<std::int64_t>{1});
  }
}

TEST_CASE("a read stops before up_to, and refuses offsets that the log does not have") {
  log_node node;
  node.create();
  node.fill(3, 2);
  std::optional<result<read_result>> found;
  node.log->read({offset(0), offset(3), 1 << 20, true}, [&](result<read_result> r) { found = std::move(r); });
  REQUIRE(found);
  CHECK(bases(**found) == std::vector<std::int64_t>{0});  // the batch of 2 and 3 ends above
  CHECK(node.read(offset(7)).code() == error_code::offset_out_of_range);
  CHECK(bases(*node.read(offset(6))).empty());
}

TEST_CASE("the first record at or after a timestamp") {
  log_node node;
  node.options.segment_bytes = 4000;
  node.create();
  node.fill(200, 3, 50);  // timestamps 1000 + offset
  for (const std::int64_t at : {0, 1, 2, 100, 301, 599}) {
    const auto found = node.find(timestamp(1000 + at));
    REQUIRE(found);
    REQUIRE(found->has_value());
    CHECK((*found)->offset == offset(at));
    CHECK((*found)->timestamp == timestamp(1000 + at));
  }
  CHECK_FALSE(node.find(timestamp(1600))->has_value());
  std::optional<timestamp_offset> largest;
  node.log->find_max_timestamp(node.log->end(), [&](auto r) { largest = *r; });
  node.settle();
  REQUIRE(largest);
  CHECK(largest->offset == offset(599));
}

TEST_CASE("a follower takes the leader's batches as they are, and none that is damaged or goes back") {
  log_node node;
  node.create();
  auto batches = make_batch({.records = 2, .base = offset(0), .leader = leader_epoch(3)});
  const auto second =
      make_batch({.records = 1, .base = offset(5), .leader = leader_epoch(4)});  // compacted: a gap
  batches.insert(batches.end(), second.begin(), second.end());
  REQUIRE(node.log->append_as_follower(batches, leader_epoch(99), node.now));
  CHECK(node.log->end() == offset(6));
  CHECK(node.log->latest_epoch() == leader_epoch(4));
  CHECK(node.log->append_as_follower(second, leader_epoch(99), node.now).code() ==
        error_code::corrupt_message);
  auto damaged = make_batch({.base = offset(6)});
  damaged.back() ^= std::byte{1};
  CHECK(node.log->append_as_follower(damaged, leader_epoch(99), node.now).code() ==
        error_code::corrupt_message);
  CHECK(node.log->end() == offset(6));
  CHECK(node.offsets_from(offset(0)) == std::vector<std::int64_t>{0, 5});
}

TEST_CASE("a failed sync takes the log offline, and is not repeated") {
  log_node node;
  node.options.fsync = fsync_mode::ack;
  node.create();
  node.fill(1);
  node.disk.set_options({.sync_failure = 1});
  REQUIRE(node.append({}));
  node.settle();
  const auto syncs = node.disk.syncs();
  CHECK(node.offline == 1);
  CHECK(node.log->flushed_end() == offset(1));
  CHECK(node.log->current_state() == partition_log::state::offline);
  CHECK(node.append({}).code() == error_code::kafka_storage_error);
  node.settle();
  CHECK(node.disk.syncs() == syncs);
}

TEST_CASE("no space left: nothing more is counted as written, and the reason is said") {
  log_node node;
  node.create();
  node.fill(1);
  node.disk.set_options({.capacity = 500});
  for (int i = 0; i < 10 && node.append({.value_size = 100}); ++i) node.settle();
  CHECK(node.offline == 1);
  CHECK(node.offline_why.find("No space left") != std::string::npos);
  CHECK(node.log->durable_end() < node.log->end());
}

TEST_CASE("the budget of tails is the node's: the oldest chunk goes first, the unwritten never") {
  tail_memory memory(16 << 10);
  log_tail a(memory), b(memory);
  const auto batch = make_batch({.value_size = 3000});
  for (int i = 0; i < 10; ++i) a.append(batch, offset(i), offset(i));
  const auto unwritten = memory.used();
  CHECK(unwritten > memory.budget());
  CHECK(a.holds(offset(0)));
  a.written(offset(10));
  CHECK_FALSE(a.holds(offset(0)));
  CHECK(a.holds(offset(9)));
  CHECK(memory.used() < unwritten);
  b.append(batch, offset(0), offset(0));
  CHECK(b.holds(offset(0)));
}

}  // namespace
}  // namespace klamm::broker::log::test
