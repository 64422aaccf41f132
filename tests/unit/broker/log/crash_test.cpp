#include <algorithm>
#include <iterator>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "log_node.hpp"

namespace klamm::broker::log::test {
namespace {

/// What one seed showed: acknowledged records that were not there afterwards, and how much happened.
struct outcome {
  int lost = 0;
  int crashes = 0;
  std::uint64_t torn = 0;
};

/// Appends, reads, truncates and starts anew on a disk that delays and reorders, then the power goes or the process dies.
/// Every batch carries its own number, so that a wrong one at the right offset is seen.
outcome crash_and_recover(std::uint64_t seed, fsync_mode mode, sim::crash how) {
  log_node node(seed, {.delay = 0.3});
  rng random(seed * 7919 + 1);
  node.options.fsync = mode;
  node.options.segment_bytes = 1500;
  node.options.index_interval_bytes = 200;
  node.tail_budget = 2048;
  node.restart();
  node.create();
  const bool may_lose = mode == fsync_mode::os && how == sim::crash::power;
  if (may_lose) node.disk.mount("/data/orders-0");
  outcome out;
  load_hints hints;
  std::vector<int> written;  // by offset, the size of each one-record batch
  offset acknowledged{0};
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 40; ++i) {
      const auto size = 1 + random.below(200);
      REQUIRE(node.append({.value_size = size}, leader_epoch(round)));
      written.push_back(static_cast<int>(size));
      for (auto steps = random.below(4); steps > 0; --steps) node.step();
      if (random.chance(0.1)) hints = node.hints_now(false);
      if (random.chance(0.05))
        node.log->read(
            {offset(static_cast<std::int64_t>(random.below(written.size()))), node.log->end(), 500, true},
            [](auto) {});
    }
    acknowledged = node.log->durable_end();
    node.crash(how);
    ++out.crashes;
    const auto loaded = node.load(hints);
    INFO("seed " << seed << (loaded ? std::string() : loaded.failure().message));
    REQUIRE(loaded);
    const auto end = node.log->end();
    if (end < acknowledged) out.lost += static_cast<int>(acknowledged - end);
    REQUIRE(end.value <= static_cast<std::int64_t>(written.size()));
    written.resize(static_cast<std::size_t>(end.value));
    for (auto at = may_lose ? end : offset(0); at < end;) {
      const auto found = node.read(at);
      REQUIRE(found);
      wire::batch_reader batches(buffer_slice::own(found->batches.flatten()));
      wire::batch_view batch;
      while (batches.next(batch) == wire::batch_reader::step::batch) {
        REQUIRE(batch.base_offset() == at);
        REQUIRE(batch.crc_valid());
        const auto size = static_cast<std::size_t>(written[static_cast<std::size_t>(at.value)]);
        REQUIRE(batch.bytes().size() == make_batch({.value_size = size}).size());
        at = batch.next_offset();
      }
      REQUIRE(at == found->next);
    }
    hints = node.hints_now(false);
  }
  out.torn = node.disk.counts().torn_writes;
  return out;
}

TEST_CASE("a power cut loses nothing that was acknowledged with fsync=ack, and no torn batch is served") {
  outcome all;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto one = crash_and_recover(seed, fsync_mode::ack, sim::crash::power);
    CHECK_MESSAGE(one.lost == 0, "seed ", seed);
    all.crashes += one.crashes;
    all.torn += one.torn;
  }
  MESSAGE(fmt::format("{} power cuts, {} torn writes, 0 lost", all.crashes, all.torn));
  CHECK(all.torn > 50);
}

/// Completes everything, the making of segments and what is done to them behind all else, as the contract allows.
void settle_with_new_segments_last(log_node& node) {
  disk_effects held;
  std::set<file_id> late;
  const auto goes_first = [&](const disk_request& one) {
    return !std::visit(
        [&](const auto& op) {
          if constexpr (std::is_same_v<std::decay_t<decltype(op)>, disk::open>)
            return op.path.ends_with(".log") && late.insert(op.file).second;
          else if constexpr (requires { op.file; })
            return late.contains(op.file);
          return false;
        },
        one.operation);
  };
  for (int steps = 0; steps < 1000; ++steps) {
    node.port->take(node.effects);
    const auto later = std::ranges::stable_partition(node.effects, goes_first);
    std::ranges::move(later, std::back_inserter(held));
    node.effects.erase(later.begin(), later.end());
    if (node.effects.empty() && node.disk.idle()) {
      if (held.empty()) return;
      node.effects = std::exchange(held, {});
      late.clear();
    }
    node.disk.submit(std::move(node.effects));
    node.effects.clear();
    for (const auto& one : node.disk.step()) node.port->complete(one);
  }
}

TEST_CASE(
    "a new segment keeps its name through a power cut, although a sync of the names overtook its making") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    log_node node(seed);
    node.options.fsync = fsync_mode::ack;
    node.options.segment_bytes = 300;
    node.restart();
    node.create();
    for (int i = 0; i < 2; ++i) REQUIRE(node.append({.value_size = 150}));
    settle_with_new_segments_last(node);
    REQUIRE(node.log->durable_end() == offset(2));
    node.crash(sim::crash::power);
    REQUIRE(node.load());
    CHECK(node.log->end() == offset(2));
  }
}

TEST_CASE("a kill loses nothing that was acknowledged, in either mode") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    for (const auto mode : {fsync_mode::os, fsync_mode::ack})
      CHECK_MESSAGE(crash_and_recover(seed, mode, sim::crash::kill).lost == 0, "seed ", seed);
}

TEST_CASE("control: a power cut with fsync=os does lose") {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    lost += crash_and_recover(seed, fsync_mode::os, sim::crash::power).lost;
  MESSAGE(fmt::format("{} acknowledged records lost", lost));
  CHECK(lost > 0);
}

}  // namespace
}  // namespace klamm::broker::log::test
