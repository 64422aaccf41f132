#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "log_node.hpp"
#include "wire/endian.hpp"

namespace klamm::broker::log::test {
namespace {

/// A log of several closed segments and an active one.
struct filled : log_node {
  explicit filled(fsync_mode mode = fsync_mode::ack, int batches = 200) {
    options.segment_bytes = 4000;
    options.fsync = mode;
    tail_budget = 4096;
    restart();
    create();
    fill(batches);
  }
};

TEST_CASE("a clean stop leaves what a clean start needs") {
  filled node;
  REQUIRE(
      node.append({.producer = producer_id(9), .epoch = producer_epoch(0), .first_sequence = sequence(0)}));
  node.reopen_cleanly();
  CHECK(node.log->end() == offset(201));
  CHECK(node.offsets_from(offset(0)).size() == 201);
  CHECK(node.log->producer_count() == 1);
  const auto again =
      node.append({.producer = producer_id(9), .epoch = producer_epoch(0), .first_sequence = sequence(0)});
  REQUIRE(again);
  CHECK(again->duplicate);
  CHECK(again->first == offset(200));
}

TEST_CASE("a log that is closed while its epochs are being written leaves the newest") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    log_node node(seed, {.delay = 0.5});
    node.options.fsync = fsync_mode::ack;
    node.create();
    node.log->begin_epoch(leader_epoch(1));
    REQUIRE(node.append({}, leader_epoch(1)));
    node.log->begin_epoch(leader_epoch(2));
    REQUIRE(node.append({}, leader_epoch(2)));
    node.reopen_cleanly();
    CHECK(node.offline == 0);
    CHECK(node.log->latest_epoch() == leader_epoch(2));
    CHECK(node.log->end_for_epoch(leader_epoch(1)).end == offset(1));
  }
}

TEST_CASE("what a clean stop leaves is there after a power cut, too") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    log_node node(seed, {.delay = 0.5});
    node.options.fsync = fsync_mode::ack;
    node.create();
    REQUIRE(
        node.append({.producer = producer_id(9), .epoch = producer_epoch(0), .first_sequence = sequence(0)},
                    leader_epoch(3)));
    node.expect([&](done_handler done) { node.log->close(std::move(done)); });
    node.crash(sim::crash::power);
    REQUIRE(node.load({true, offset(1), offset(0), offset(1)}));
    CHECK(node.log->end() == offset(1));
    CHECK(node.log->latest_epoch() == leader_epoch(3));
    CHECK(node.log->producer_count() == 1);
  }
}

TEST_CASE("a killed log is rescanned: nothing is lost, producers are known") {
  filled node(fsync_mode::os);
  REQUIRE(
      node.append({.producer = producer_id(9), .epoch = producer_epoch(0), .first_sequence = sequence(0)}));
  node.settle();
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::kill);
  REQUIRE(node.load(hints));
  CHECK(node.log->end() == offset(201));
  CHECK(node.offsets_from(offset(0)).size() == 201);
  CHECK(node.append({.producer = producer_id(9), .epoch = producer_epoch(0), .first_sequence = sequence(0)})
            ->duplicate);
  CHECK(node.log->flushed_end() == offset(201));  // synced before it is served
}

TEST_CASE("the tail is cut at its first bad batch") {
  filled node;
  const auto hints = node.hints_now(false);
  const auto last = node.log->end();
  node.fill(3);
  node.crash(sim::crash::kill);
  // A batch is written half: its first bytes are there.
  offset base;
  for (const auto& file : node.disk.files())
    if (file.ends_with(".log")) base = parse_segment_file(file.substr(file.rfind('/') + 1))->base;
  auto content = *node.disk.content(node.path(base, file_kind::log));
  content.resize(content.size() - 5);
  node.disk.put(node.path(base, file_kind::log), content);
  REQUIRE(node.load(hints));
  CHECK(node.log->end() == last + 2);
  node.fill(1);
  CHECK(node.offsets_from(last) == std::vector<std::int64_t>{200, 201, 202});
}

TEST_CASE("zeroes behind the tail are cut: the size was on disk and the bytes were not") {
  filled node;
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::kill);
  offset base;
  for (const auto& file : node.disk.files())
    if (file.ends_with(".log")) base = parse_segment_file(file.substr(file.rfind('/') + 1))->base;
  auto content = *node.disk.content(node.path(base, file_kind::log));
  content.resize(content.size() + 4096);
  node.disk.put(node.path(base, file_kind::log), content);
  REQUIRE(node.load(hints));
  CHECK(node.log->end() == offset(200));
  CHECK(node.disk.content(node.path(base, file_kind::log))->size() == content.size() - 4096);
}

TEST_CASE("a missing or damaged index is made anew") {
  filled node;
  const auto hints = node.hints_now(true);
  node.expect([&](done_handler done) { node.log->close(std::move(done)); });
  node.restart();
  int files = 0;
  for (const auto& file : node.disk.files()) {
    if (!file.ends_with("index")) continue;
    if (++files % 3 == 0)
      node.disk.erase(file);
    else if (files % 3 == 1 && !node.disk.content(file)->empty())
      node.disk.flip_bit(file, 2, 3);
    else
      node.disk.put(file, std::vector<std::byte>(5));
  }
  REQUIRE(node.load(hints));
  CHECK(node.offsets_from(offset(0)).size() == 200);
  for (std::int64_t at = 0; at < 200; at += 7)
    CHECK((*node.find(timestamp(1000 + at)))->offset == offset(at));
}

TEST_CASE("an index that leads to the wrong batch is found out, not followed") {
  filled node(fsync_mode::ack, 400);
  const auto hints = node.hints_now(true);
  node.options.index_interval_bytes = 100;
  node.expect([&](done_handler done) { node.log->close(std::move(done)); });
  node.restart();
  // The entry says that an early offset lies where a later batch is.
  const auto size = make_batch({}).size();
  std::vector<std::byte> positions(8);
  wire::store<std::uint32_t>(positions.data(), 3);
  wire::store<std::uint32_t>(positions.data() + 4, static_cast<std::uint32_t>(size * 20));
  node.disk.put(node.path(offset(0), file_kind::index), positions);
  REQUIRE(node.load(hints));
  CHECK(bases(*node.read(offset(5), 10)) == std::vector<std::int64_t>{5});
}

TEST_CASE("a bad byte in a closed segment is never served: what is before it is, and then an error says so") {
  filled node;
  const auto hints = node.hints_now(true);
  node.expect([&](done_handler done) { node.log->close(std::move(done)); });
  node.restart();
  const auto size = make_batch({}).size();
  node.disk.flip_bit(node.path(offset(0), file_kind::log), size * 7 + 70, 2);
  REQUIRE(node.load(hints));
  CHECK(bases(*node.read(offset(0))) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6});
  const auto damaged = node.read(offset(7));
  CHECK(damaged.code() == error_code::corrupt_message);
  CHECK(damaged.failure().message.find("00000000000000000000.log is damaged at byte") != std::string::npos);
  CHECK(bases(*node.read(offset(8))).front() == 8);
}

TEST_CASE("the operator is told of a damaged segment once, however often clients ask") {
  filled node;
  const auto hints = node.hints_now(true);
  node.expect([&](done_handler done) { node.log->close(std::move(done)); });
  node.restart();
  node.disk.flip_bit(node.path(offset(0), file_kind::log), make_batch({}).size() * 7 + 70, 2);
  REQUIRE(node.load(hints));
  const auto told = [&] {
    return std::ranges::count_if(node.said, [](const auto& line) {
      return line.first == log_level::error &&
             line.second.find("00000000000000000000.log is damaged at byte") != std::string::npos;
    });
  };
  CHECK(told() == 0);
  SUBCASE("for records") {
    for (int i = 0; i < 5; ++i) CHECK(node.read(offset(7)).code() == error_code::corrupt_message);
  }
  SUBCASE("for an offset by its time") {
    for (int i = 0; i < 5; ++i) CHECK(node.find(timestamp(1007)).code() == error_code::corrupt_message);
  }
  CHECK(told() == 1);
}

TEST_CASE("below the recovery point damage is not cut away") {
  filled node(fsync_mode::ack, 20);
  auto hints = node.hints_now(false);
  CHECK(hints.recovery_point == offset(20));
  node.crash(sim::crash::kill);
  const auto size = make_batch({}).size();
  SUBCASE("a batch whose length can be believed stays, and is refused") {
    node.disk.flip_bit(node.path(offset(0), file_kind::log), size * 7 + 70, 2);
    REQUIRE(node.load(hints));
    CHECK(node.log->end() == offset(20));
    CHECK(node.read(offset(7)).code() == error_code::corrupt_message);
  }
  SUBCASE("where the length is gone the log does not open") {
    SUBCASE("as it is") {}
    SUBCASE("if all that was synced was deleted: what was not is behind it") { hints.start = offset(20); }
    node.disk.flip_bit(node.path(offset(0), file_kind::log), size * 7 + 8, 7);
    const auto loaded = node.load(hints);
    CHECK(loaded.code() == error_code::kafka_storage_error);
    CHECK(loaded.failure().message.find("offset 7") != std::string::npos);
  }
}

TEST_CASE("renames that were under way are finished") {
  filled node;
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::kill);
  const auto first = *node.disk.content(node.path(offset(0), file_kind::log));
  node.disk.put(node.path(offset(0), file_kind::log) + ".deleted", first);
  node.disk.put(node.path(offset(90), file_kind::log) + ".cleaned", first);
  node.disk.put("/data/orders-0/leader-epoch-checkpoint.tmp", first);
  // A replacement of the first two segments by one, whose old segments are still there.
  auto both = first;
  offset second;
  for (const auto& file : node.disk.files()) {
    const auto name = parse_segment_file(file.substr(file.rfind('/') + 1));
    if (name && name->kind == file_kind::log && name->stage == file_stage::settled &&
        name->base > offset(0)) {
      second = name->base;
      break;
    }
  }
  const auto more = *node.disk.content(node.path(second, file_kind::log));
  both.insert(both.end(), more.begin(), more.end());
  node.disk.put(node.path(offset(0), file_kind::log) + ".swap", both);
  REQUIRE(node.load(hints));
  node.settle();
  CHECK(node.offsets_from(offset(0)).size() == 200);
  CHECK_FALSE(node.disk.content(node.path(second, file_kind::log)));
  for (const auto& file : node.disk.files()) {
    CHECK_FALSE(file.ends_with(".deleted"));
    CHECK_FALSE(file.ends_with(".cleaned"));
    CHECK_FALSE(file.ends_with(".swap"));
    CHECK_FALSE(file.ends_with(".tmp"));
  }
}

TEST_CASE("the epochs are read from the log where their file is gone or unreadable") {
  filled node(fsync_mode::ack, 50);
  node.fill(10, 1, 10, leader_epoch(4));
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::kill);
  SUBCASE("gone") { node.disk.erase("/data/orders-0/leader-epoch-checkpoint"); }
  SUBCASE("unreadable") { node.disk.put("/data/orders-0/leader-epoch-checkpoint", {std::byte{'x'}}); }
  REQUIRE(node.load(hints));
  CHECK(node.log->end_for_epoch(leader_epoch(0)) == epoch_end{leader_epoch(0), offset(50)});
  CHECK(node.log->latest_epoch() == leader_epoch(4));
}

TEST_CASE("an epoch without a write survives a restart (KAFKA-7415)") {
  filled node(fsync_mode::ack, 5);
  node.log->begin_epoch(leader_epoch(9));
  node.settle();
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::power);
  REQUIRE(node.load(hints));
  // Nothing was written in it, so it ends where it began, and a follower is told the epoch before.
  CHECK(node.log->end_for_epoch(leader_epoch(0)).end == offset(5));
}

TEST_CASE("records that were deleted stay deleted where the checkpoint of it is older than the epochs") {
  filled node(fsync_mode::ack, 5);
  node.fill(5, 1, 10, leader_epoch(2));
  node.log->set_high_watermark(offset(10));
  const auto before = node.hints_now(false);
  REQUIRE(node.log->advance_start(offset(7)));
  node.settle();
  node.crash(sim::crash::power);
  REQUIRE(node.load(before));
  CHECK(node.log->start() ==
        offset(7));  // or a follower in epoch 0 would be told that it ends at 7, not at 5
}

TEST_CASE("a snapshot that cannot be read costs a longer scan, not the producers") {
  filled node(fsync_mode::ack, 30);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(
        node.append({.producer = producer_id(5), .epoch = producer_epoch(1), .first_sequence = sequence(i)}));
    node.settle();
  }
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::kill);
  for (const auto& file : node.disk.files())
    if (file.ends_with(".snapshot")) node.disk.put(file, std::vector<std::byte>(3));
  REQUIRE(node.load(hints));
  CHECK(node.append({.producer = producer_id(5), .epoch = producer_epoch(1), .first_sequence = sequence(97)})
            ->duplicate);
  CHECK(node.append({.producer = producer_id(5), .epoch = producer_epoch(1), .first_sequence = sequence(105)})
            .code() == error_code::out_of_order_sequence_number);
}

TEST_CASE("producers are known whose records were deleted behind one crash and in front of the next") {
  filled node(fsync_mode::ack, 0);
  const batch_spec written{
      .producer = producer_id(9), .epoch = producer_epoch(0), .first_sequence = sequence(0)};
  REQUIRE(node.append(written));
  node.fill(200);
  node.crash(sim::crash::power);
  REQUIRE(node.load({false, offset(0), offset(0), offset(0)}));  // no checkpoint was written since its making
  node.log->set_high_watermark(node.log->end());
  REQUIRE(node.log->advance_start(offset(150)));
  node.settle();
  SUBCASE("nothing lies between them") {}
  SUBCASE("a clean stop lies between them") { node.reopen_cleanly(); }
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::power);
  REQUIRE(node.load({false, offset(150), hints.start, hints.high_watermark}));
  const auto again = node.append(written);
  REQUIRE(again);
  CHECK(again->duplicate);
  CHECK(again->first == offset(0));
}

TEST_CASE(
    "wherever a power cut meets the deletion of all segments, the producers that wrote in them are known") {
  const batch_spec written{
      .producer = producer_id(9), .epoch = producer_epoch(0), .first_sequence = sequence(0)};
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (int steps = 0; steps < 60; ++steps) {
      log_node node(seed, {.delay = 0.5});
      node.options.fsync = fsync_mode::ack;
      node.options.retention_ms = millis(1);
      node.create();
      REQUIRE(node.append(written));
      node.settle();
      node.log->set_high_watermark(node.log->end());
      node.log->apply_retention(node.now);
      REQUIRE(node.log->start() == node.log->end());
      for (int i = 0; i < steps; ++i) node.step();
      const auto hints = node.hints_now(false);
      node.crash(sim::crash::power);
      REQUIRE(node.load(hints));
      const auto again = node.append(written);
      REQUIRE(again);
      REQUIRE(again->duplicate);
    }
}

/// A log whose first 100 records were deleted, and of whose files a power cut left the names.
struct emptied : filled {
  emptied() : filled(fsync_mode::os, 100) {
    log->begin_epoch(leader_epoch(3));
    log->set_high_watermark(log->end());
    require(log->advance_start(offset(100)).has_value());
    settle();
    hints = {false, offset(0), log->start(), log->high_watermark()};
    crash(sim::crash::kill);
    for (const auto& file : disk.files())
      if (file.ends_with(".log")) disk.put(file, {});
    said.clear();
  }
  load_hints hints;
};

TEST_CASE("a log that ends before its start begins anew there: what it takes can be read") {
  emptied node;
  REQUIRE(node.load(node.hints));
  CHECK(node.log->start() == offset(100));
  CHECK(node.log->end() == offset(100));
  CHECK(node.log->high_watermark() == offset(100));
  CHECK(node.log->producer_count() == 0);
  CHECK(node.log->latest_epoch() == leader_epoch());  // as behind a restart at a leader's start
  CHECK(node.said.count(log_level::warning, "before its start 100") == 1);
  CHECK(node.said.count(log_level::error, "") == 0);
  node.fill(3, 1, 10, leader_epoch(4));
  CHECK(node.offsets_from(offset(100)) == std::vector<std::int64_t>{100, 101, 102});
  CHECK(node.log->end_for_epoch(leader_epoch(4)) == epoch_end{leader_epoch(4), offset(103)});
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::kill);
  REQUIRE(node.load(hints));
  CHECK(node.offsets_from(offset(100)) == std::vector<std::int64_t>{100, 101, 102});
}

TEST_CASE("a log that ends before its start does not open where it was left cleanly: a number is wrong") {
  emptied node;
  node.hints.clean = true;
  const auto loaded = node.load(node.hints);
  REQUIRE(loaded.code() == error_code::kafka_storage_error);
  CHECK(loaded.failure().message.find("before its start 100, although it was left cleanly") !=
        std::string::npos);
}

TEST_CASE("a log that ends before its start is an error where that was synced") {
  emptied node;
  SUBCASE("beyond the start") {
    node.hints.recovery_point = offset(101);
    REQUIRE(node.load(node.hints));
    CHECK(node.said.count(log_level::error, "before its start 100") == 1);
  }
  SUBCASE("but not up to the start, where nothing was") {
    node.hints.recovery_point = offset(100);
    REQUIRE(node.load(node.hints));
    CHECK(node.said.count(log_level::info, "before its start 100") == 1);
    CHECK(node.said.count(log_level::error, "") == 0);
  }
  CHECK(node.log->start() == offset(100));
  CHECK(node.log->end() == offset(100));
}

/// As it was left, and its segments; what is done to the files then, recovery is to notice.
struct left_behind : filled {
  explicit left_behind(bool cleanly) : filled(fsync_mode::ack, 200) {
    hints = hints_now(cleanly);
    if (cleanly) expect([&](done_handler done) { log->close(std::move(done)); });
    crash(sim::crash::kill);
    for (const auto& file : disk.files())
      if (file.ends_with(".log")) bases.push_back(parse_segment_file(file.substr(file.rfind('/') + 1))->base);
    require(bases.size() > 3);
    said.clear();
  }
  std::string log_file(std::size_t of) const { return path(bases[of], file_kind::log); }
  std::string range(std::size_t from, std::size_t to) const {
    return fmt::format("offsets {} to {} are missing", bases[from].value, (bases[to] - 1).value);
  }
  std::ptrdiff_t missing(const std::string& offsets, std::size_t file) const {
    const auto names = [&](const auto& line) {
      return line.first == log_level::error && line.second.starts_with(offsets) &&
             line.second.find(log_file(file)) != std::string::npos;
    };
    return std::count_if(said.begin(), said.end(), names);
  }
  load_hints hints;
  std::vector<offset> bases;
};

void take_files_away(left_behind& node) {
  SUBCASE("nothing is") {
    REQUIRE(node.load(node.hints));
    CHECK(node.said.count(log_level::error, "") == 0);
    CHECK(node.offsets_from(offset(0)).size() == 200);
  }
  SUBCASE("a segment of the middle") {
    node.disk.erase(node.log_file(2));
    REQUIRE(node.load(node.hints));
    CHECK(node.missing(node.range(2, 3), 1) == 1);
    CHECK(node.said.count(log_level::error, "") == 1);
    CHECK(node.offsets_from(node.bases[3]).size() == static_cast<std::size_t>(200 - node.bases[3].value));
  }
  SUBCASE("what a closed segment held") {
    node.disk.put(node.log_file(2), {});
    REQUIRE(node.load(node.hints));
    CHECK(node.missing(node.range(2, 3), 2) == 1);
  }
  SUBCASE("the end of a closed segment") {
    auto content = *node.disk.content(node.log_file(2));
    content.resize(content.size() - 7);
    node.disk.put(node.log_file(2), std::move(content));
    REQUIRE(node.load(node.hints));
    const auto last = (node.bases[3] - 1).value;
    CHECK(node.missing(fmt::format("offsets {} to {} are missing", last, last), 2) == 1);
  }
  SUBCASE("the first segment") {
    node.disk.erase(node.log_file(0));
    REQUIRE(node.load(node.hints));
    CHECK(node.missing(node.range(0, 1), 1) == 1);
    CHECK(node.log->start() == node.bases[1]);
  }
  SUBCASE("the last ones") {
    for (std::size_t i = 3; i < node.bases.size(); ++i) node.disk.erase(node.log_file(i));
    REQUIRE(node.load(node.hints));
    CHECK(node.missing(fmt::format("offsets {} to 199 are missing", node.log->end().value), 2) == 1);
  }
  SUBCASE("a segment of the middle of what is scanned") {
    node.disk.erase("/data/orders-0/leader-epoch-checkpoint");
    node.disk.erase(node.log_file(2));
    REQUIRE(node.load(node.hints));
    CHECK(node.missing(node.range(2, 3), 1) == 1);
  }
  SUBCASE("and a log that was compacted lacks what it lacks") {
    node.disk.erase(node.log_file(2));
    node.hints.compacted = true;
    REQUIRE(node.load(node.hints));
    CHECK(node.said.count(log_level::error, "") == 0);
  }
  SUBCASE("and a log of which every record counts does not open") {
    node.hints.whole = true;
    node.disk.erase(node.log_file(2));
    const auto loaded = node.load(node.hints);
    REQUIRE(loaded.code() == error_code::kafka_storage_error);
    CHECK(loaded.failure().message.find(node.range(2, 3)) != std::string::npos);
  }
}

TEST_CASE("records that are missing below the recovery point are said to be: which, and where") {
  SUBCASE("behind a clean stop") {
    left_behind node(true);
    take_files_away(node);
  }
  SUBCASE("behind a kill") {
    left_behind node(false);
    take_files_away(node);
  }
}

TEST_CASE("segments that were deleted on purpose are not missed, whenever the crash came") {
  for (int steps = 0; steps < 60; ++steps) {
    filled node;
    node.log->set_high_watermark(node.log->end());
    const auto before = node.hints_now(false);
    REQUIRE(node.log->advance_start(offset(150)));
    for (int i = 0; i < steps; ++i) node.step();
    node.crash(steps % 2 == 0 ? sim::crash::kill : sim::crash::power);
    REQUIRE(node.load(before));
    CAPTURE(steps);
    CHECK(node.said.count(log_level::error, "") == 0);
  }
}

TEST_CASE("what a damaged batch says of its own offsets cuts nothing away below the recovery point") {
  filled node(fsync_mode::ack, 20);
  const auto hints = node.hints_now(false);
  node.crash(sim::crash::kill);
  const auto file = node.path(offset(0), file_kind::log);
  const auto size = make_batch({}).size();
  const auto last_byte_of_delta = size * 7 + 26;
  // 0 becomes 12: the batch at offset 7 ends at 19, where the recovery point is.
  node.disk.flip_bit(file, last_byte_of_delta, 2);
  node.disk.flip_bit(file, last_byte_of_delta, 3);
  const auto loaded = node.load(hints);
  REQUIRE(loaded.code() == error_code::kafka_storage_error);
  CHECK(loaded.failure().message.find(fmt::format("damaged at byte {} (offset 7)", size * 7)) !=
        std::string::npos);
  CHECK(node.disk.content(file)->size() == size * 20);
}

TEST_CASE("a log of which every record counts does not open with a damaged one below the recovery point") {
  filled node(fsync_mode::ack, 20);
  auto hints = node.hints_now(false);
  hints.whole = true;
  node.crash(sim::crash::kill);
  const auto size = make_batch({}).size();
  node.disk.flip_bit(node.path(offset(0), file_kind::log), size * 7 + 70, 2);
  const auto loaded = node.load(hints);
  REQUIRE(loaded.code() == error_code::kafka_storage_error);
  CHECK(loaded.failure().message.find(fmt::format("damaged at byte {} (offset 7)", size * 7)) !=
        std::string::npos);
}

TEST_CASE("a clean start that finds damage where the index leads says at which offset it is") {
  log_node node;
  node.options.fsync = fsync_mode::ack;
  node.options.index_interval_bytes = 100;
  node.create();
  node.fill(20);
  const auto hints = node.hints_now(true);
  node.expect([&](done_handler done) { node.log->close(std::move(done)); });
  node.restart();
  const auto index = *node.disk.content(node.path(offset(0), file_kind::index));
  const auto last = wire::load<std::uint32_t>(index.data() + index.size() - 8);
  const auto position = wire::load<std::uint32_t>(index.data() + index.size() - 4);
  REQUIRE(last > 0);
  node.disk.flip_bit(node.path(offset(0), file_kind::log), position + 8, 7);
  const auto loaded = node.load(hints);
  REQUIRE(loaded.code() == error_code::kafka_storage_error);
  CHECK(loaded.failure().message.find(fmt::format("damaged at byte {} (offset {})", position, last)) !=
        std::string::npos);
}

TEST_CASE("a directory of another topic is refused") {
  filled node(fsync_mode::ack, 5);
  node.crash(sim::crash::kill);
  node.identity.topic_id.bytes[0] ^= 1;
  CHECK(node.load().code() == error_code::inconsistent_topic_id);
}

}  // namespace
}  // namespace klamm::broker::log::test
