#include <doctest/doctest.h>

#include "log_node.hpp"

namespace klamm::broker::log::test {
namespace {

struct truncated : log_node {
  explicit truncated(std::int32_t index_interval = log_options().index_interval_bytes) {
    options.segment_bytes = 4000;
    options.index_interval_bytes = index_interval;
    options.fsync = fsync_mode::ack;
    tail_budget = 4096;
    restart();
    create();
  }
  void truncate(std::int64_t to) {
    expect([&](done_handler done) { log->truncate_to(offset(to), std::move(done)); });
  }
  batch_spec idempotent(int sequence_number) const {
    return {
        .producer = producer_id(5), .epoch = producer_epoch(0), .first_sequence = sequence(sequence_number)};
  }
};

TEST_CASE("truncation forgets offsets, epochs and producers behind it, and bumps the generation") {
  truncated node;
  node.fill(50);
  for (int i = 0; i < 100; ++i) REQUIRE(node.append(node.idempotent(i), leader_epoch(1)));
  node.settle();
  node.fill(50, 1, 10, leader_epoch(2));
  node.log->set_high_watermark(offset(180));
  const auto generation = node.log->generation();
  node.truncate(120);
  CHECK(node.log->end() == offset(120));
  CHECK(node.log->high_watermark() == offset(120));
  CHECK(node.log->generation() == generation + 1);
  CHECK(node.said.count(log_level::error, "damage") == 0);  // it was asked to, as behind an unclean election
  CHECK(node.log->latest_epoch() == leader_epoch(1));
  CHECK(node.offsets_from(offset(0)).size() == 120);
  // Sequence 70 is the next again: those behind were truncated.
  CHECK(node.append(node.idempotent(71), leader_epoch(3)).code() == error_code::out_of_order_sequence_number);
  CHECK(node.append(node.idempotent(69), leader_epoch(3))->duplicate);
  CHECK(node.append(node.idempotent(70), leader_epoch(3))->first == offset(120));
  node.settle();
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::power);
  REQUIRE(node.load(hints));
  CHECK(node.log->end() == offset(121));
  CHECK(node.offsets_from(offset(0)).size() == 121);
}

/// Three batches of one record each, in the last of which lies offset 2.
struct damaged : truncated {
  static constexpr std::size_t last_offset_delta_at = 26;  // its lowest byte, which the checksum covers

  explicit damaged(std::int32_t index_interval) : truncated(index_interval) {
    fill(3);
    settle();
    log->set_high_watermark(offset(2));
  }
  /// From now on the batch says of itself that it ends elsewhere.
  void misdate(std::uint64_t batch) {
    const auto file = path(offset(0), file_kind::log);
    disk.flip_bit(file, batch * (disk.content(file)->size() / 3) + last_offset_delta_at, 3);
  }
};

TEST_CASE("a damaged batch does not move the place where a log is cut") {
  std::int32_t index_interval = 0;
  SUBCASE("where the index knows each batch") { index_interval = 1; }
  SUBCASE("where it knows none") { index_interval = 1 << 20; }
  damaged node(index_interval);
  SUBCASE("it lies before the cut") { node.misdate(1); }
  SUBCASE("it lies behind the cut") { node.misdate(2); }
  SUBCASE("it lies far before the cut") { node.misdate(0); }
  node.truncate(2);
  CHECK(node.log->end() == offset(2));
  CHECK(node.log->high_watermark() == offset(2));
  REQUIRE(node.append({}, leader_epoch(1)));
  node.settle();
  CHECK(node.read(offset(2)).has_value());
}

TEST_CASE("damaged batches that may reach over the cut go with what is cut") {
  damaged node(1 << 20);
  node.misdate(1);
  node.misdate(2);
  node.truncate(2);
  CHECK(node.log->end() == offset(1));
  CHECK(node.said.count(log_level::error, "cut at offset 1, below the high watermark 2: damage") == 1);
}

TEST_CASE("truncation waits for the reads that are under way, and new reads wait for it") {
  truncated node;
  node.fill(300);
  bool first_read = false, truncated_then = false;
  node.log->read({offset(0), offset(300), 1 << 20, true}, [&](result<read_result> found) {
    REQUIRE(found);
    CHECK(bases(*found).front() == 0);
    first_read = true;
  });
  CHECK_FALSE(first_read);  // it asks the disk
  node.log->truncate_to(offset(10), [&](result<void> how) {
    REQUIRE(how);
    CHECK(first_read);
    truncated_then = true;
  });
  CHECK(node.log->current_state() == partition_log::state::truncating);
  CHECK(node.append({}).code() == error_code::kafka_storage_error);
  std::optional<result<read_result>> later;
  node.log->read({offset(5), offset(300), 1 << 20, true}, [&](result<read_result> found) {
    CHECK(truncated_then);
    later = std::move(found);
  });
  node.settle();
  REQUIRE(later);
  REQUIRE(*later);
  CHECK((*later)->generation == 1);
  CHECK((*later)->next == offset(10));
}

TEST_CASE("a removal during a truncation comes after it, and the log stays closed") {
  truncated node;
  node.fill(300);
  bool truncated_then = false, closed = false;
  node.log->read({offset(0), offset(300), 1 << 20, true}, [](result<read_result>) {});
  node.log->truncate_to(offset(10), [&](result<void> how) { truncated_then = how.has_value(); });
  node.log->remove(uuid{{7}}, [&](result<void> how) { closed = how.has_value(); });
  node.settle();
  CHECK(truncated_then);
  CHECK(closed);
  CHECK(node.log->current_state() == partition_log::state::closed);
  CHECK(node.read(offset(0)).code() == error_code::kafka_storage_error);
  CHECK(node.disk.files().empty());
}

TEST_CASE("a log that is set aside keeps its records under another name") {
  truncated node;
  node.fill(3);
  node.expect([&](done_handler done) { node.log->set_aside(uuid{{7}}, std::move(done)); });
  CHECK(node.log->current_state() == partition_log::state::closed);
  const std::string name = "/data/orders-0.07000000000000000000000000000000-stray/00000000000000000000.log";
  REQUIRE(node.disk.content(name));
  CHECK(node.disk.content(name)->size() == 3 * make_batch({}).size());
  node.crash(sim::crash::power);
  CHECK(node.disk.content(name));
}

TEST_CASE("a slice that was read stays as it was when the log is truncated and written again") {
  truncated node;
  REQUIRE(node.append({.records = 1, .fill = 'a'}));
  REQUIRE(node.append({.records = 1, .fill = 'a'}));
  node.settle();
  const auto before = node.read(offset(0));
  const auto bytes = before->batches.flatten();
  node.truncate(1);
  REQUIRE(node.append({.records = 1, .fill = 'b'}));
  CHECK(before->batches.flatten() == bytes);
}

TEST_CASE("the epochs are cut even where the log has nothing to cut (KAFKA-10706)") {
  truncated node;
  node.fill(5);
  node.log->begin_epoch(leader_epoch(8));
  node.truncate(5);
  CHECK(node.log->latest_epoch() == leader_epoch(0));
}

TEST_CASE("starting again elsewhere moves everything, the high watermark too (KAFKA-9491)") {
  truncated node;
  node.fill(200);
  node.log->set_high_watermark(offset(150));
  node.expect([&](done_handler done) { node.log->restart_at(offset(1000), std::move(done)); });
  CHECK(node.log->start() == offset(1000));
  CHECK(node.log->end() == offset(1000));
  CHECK(node.log->high_watermark() == offset(1000));
  CHECK(node.log->latest_epoch() == leader_epoch(-1));
  node.fill(3);
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::power);
  REQUIRE(node.load(hints));
  CHECK(node.log->end() == offset(1003));
  CHECK(node.log->start() == offset(1000));
}

// As in Kafka: producers' states are not replicated, so what was written and deleted may be written once more under who leads next.
TEST_CASE("a log that starts again elsewhere takes any sequence of a producer that wrote before (KIP-360)") {
  truncated node;
  for (int i = 0; i < 3; ++i) REQUIRE(node.append(node.idempotent(i), leader_epoch(1)));
  node.settle();
  CHECK(node.append(node.idempotent(2), leader_epoch(1))->duplicate);
  node.expect([&](done_handler done) { node.log->restart_at(offset(1000), std::move(done)); });
  const auto again = node.append(node.idempotent(2), leader_epoch(2));
  REQUIRE(again);
  CHECK(again->first == offset(1000));
  CHECK_FALSE(again->duplicate);
}

TEST_CASE("a log that starts inside of a batch takes it whole, and stays empty if it never comes") {
  truncated node;
  node.fill(5);
  node.expect([&](done_handler done) { node.log->restart_at(offset(1002), offset(1000), std::move(done)); });
  const auto is_empty = [&] { return node.log->start() == offset(1002) && node.log->end() == offset(1002); };
  CHECK(is_empty());
  CHECK(node.log->takes_from() == offset(1000));
  SUBCASE("it comes") {
    const auto before = make_batch({.records = 2, .base = offset(1000)});
    CHECK(node.log->append_as_follower(before, leader_epoch(99), node.now).code() ==
          error_code::corrupt_message);
    REQUIRE(node.log->append_as_follower(make_batch({.records = 5, .base = offset(1000)}), leader_epoch(99),
                                         node.now));
    node.settle();
    CHECK(node.log->start() == offset(1002));
    CHECK(node.log->end() == offset(1005));
    CHECK(node.log->takes_from() == offset(1005));
    CHECK(node.offsets_from(offset(1002)).front() == 1000);
    node.reopen_cleanly();
    CHECK(node.log->start() == offset(1002));
    CHECK(node.log->end() == offset(1005));
  }
  SUBCASE("a clean stop") {
    node.reopen_cleanly();
    CHECK(is_empty());
    CHECK(node.said.count(log_level::error, "") == 0);
  }
  SUBCASE("a kill") {
    const auto hints = node.hints_now(false);
    node.crash(sim::crash::kill);
    REQUIRE(node.load(hints));
    CHECK(is_empty());
  }
}

TEST_CASE("a log that starts inside of a batch opens without it if only a part was written") {
  int torn = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    log_node node(seed, {.delay = 0.3});
    node.create();
    node.fill(5);
    node.expect(
        [&](done_handler done) { node.log->restart_at(offset(1002), offset(1000), std::move(done)); });
    const auto batch = make_batch({.records = 5, .value_size = 2000, .base = offset(1000)});
    REQUIRE(node.log->append_as_follower(batch, leader_epoch(99), node.now));
    const auto hints = node.hints_now(false);
    REQUIRE(hints.recovery_point == offset(1002));
    node.port->take(node.effects);
    node.disk.submit(std::exchange(node.effects, {}));
    node.disk.crash(sim::crash::kill, true);
    node.restart();
    REQUIRE(node.load(hints));
    const auto end = node.log->end().value;
    CHECK((end == 1002 || end == 1005));
    CHECK(node.log->start() == offset(1002));
    torn += end == 1002;
  }
  CHECK(torn > 0);
}

TEST_CASE("deleting records moves the start, and whole segments go when their last reader has") {
  truncated node;
  node.fill(300);
  node.log->set_high_watermark(offset(200));
  const auto segments = node.log->segment_count();
  CHECK(node.log->advance_start(offset(201)).code() == error_code::offset_out_of_range);
  bool read = false;
  node.log->read({offset(0), offset(300), 1 << 20, true},
                 [&](result<read_result> found) { read = found.has_value(); });
  REQUIRE(node.log->advance_start(offset(150)));
  CHECK(node.log->start() == offset(150));
  CHECK(node.log->segment_count() < segments);
  CHECK(node.disk.content(node.path(offset(0), file_kind::log)));
  node.settle();
  CHECK(read);
  CHECK_FALSE(node.disk.content(node.path(offset(0), file_kind::log)));
  CHECK_FALSE(node.disk.content(node.path(offset(0), file_kind::index)));
  CHECK(node.read(offset(149)).code() == error_code::offset_out_of_range);
  CHECK(node.offsets_from(offset(150)).back() == 299);
}

TEST_CASE("a follower may forget segments that its disk has not taken yet, as its leader does") {
  truncated node;
  const auto copy_and_forget = [&] {
    for (int i = 0; i < 300; ++i) REQUIRE(node.append({.records = 1}));
    node.log->set_high_watermark(offset(300));
    REQUIRE(node.log->advance_start(offset(150)));
  };
  SUBCASE("the others are written all the same") {
    copy_and_forget();
    node.settle();
    CHECK(node.log->durable_end() == offset(300));
    CHECK_FALSE(node.disk.content(node.path(offset(0), file_kind::log)));
    node.crash(sim::crash::power);
    REQUIRE(node.load({false, offset(0), offset(150), offset(300)}));
    CHECK(node.log->end() == offset(300));
    CHECK(node.offsets_from(offset(150)).front() == 150);
  }
  SUBCASE("a write that fails meanwhile takes the log offline") {
    node.settle();
    node.disk.set_options({.write_failure = 1});
    copy_and_forget();
    node.settle();
    CHECK(node.offline == 1);
  }
}

TEST_CASE("retention removes by size and by age, and nothing above the high watermark") {
  truncated node;
  node.fill(300);
  node.options.retention_bytes = 6000;
  node.log->set_options(node.options);
  node.log->apply_retention(node.now);
  node.settle();
  CHECK(node.log->start() == offset(0));  // the high watermark is 0
  node.log->set_high_watermark(offset(300));
  node.log->apply_retention(node.now);
  node.settle();
  CHECK(node.log->size_bytes() >= 6000);
  CHECK(node.log->size_bytes() < 6000 + 4000);
  node.options.retention_bytes = -1;
  node.options.retention_ms = millis(1000);
  node.log->set_options(node.options);
  node.log->apply_retention({{}, timestamp(1300 + 1000)});
  node.settle();
  // Everything is older: the active segment closes and goes too.
  CHECK(node.log->start() == offset(300));
  CHECK(node.log->end() == offset(300));
  node.fill(1);
  CHECK(node.offsets_from(offset(300)) == std::vector<std::int64_t>{300});
}

TEST_CASE("a removed log leaves by another name first") {
  truncated node;
  node.fill(100);
  node.expect([&](done_handler done) { node.log->remove(uuid{{1, 2, 3}}, std::move(done)); });
  for (const auto& file : node.disk.files()) CHECK_FALSE(file.starts_with("/data/orders-0"));
}

}  // namespace
}  // namespace klamm::broker::log::test
