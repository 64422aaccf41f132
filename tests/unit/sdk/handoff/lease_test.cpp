#include <doctest/doctest.h>

#include "fetch_fixture.hpp"

namespace klamm::handoff {

TEST_CASE("the position moves when a record is passed, not when it is shown") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 3);
  const auto taken = f.take();
  REQUIRE(taken.size() == 1);
  CHECK(taken[0]->current()->offset == offset(0));
  CHECK(f.position() == 0);
  taken[0]->pass();
  CHECK(f.position() == 1);
}

TEST_CASE("records below the position, at the front of a batch, are not shown") {
  fetch_fixture f;
  f.assign(orders, 5);
  f.deliver(orders, {batch_at(3, 4)}, 5, 7);
  CHECK(pass(*f.take()[0]) == offsets{5, 6});
}

TEST_CASE(
    "the end of a run is passed with its last record, over control batches and what compaction left out") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, {batch_at(0, 2)}, 0, 9);
  const auto taken = f.take();
  CHECK(pass(*taken[0], 1) == offsets{0});
  CHECK(f.position() == 1);
  CHECK(pass(*taken[0], 1) == offsets{1});
  CHECK(f.position() == 9);
}

TEST_CASE("a run without batches moves the position by itself") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, {}, 0, 4);
  CHECK(f.position() == 4);
  CHECK(f.take().empty());
}

TEST_CASE("a run whose batches hold nothing to show hands out nothing and moves the position") {
  fetch_fixture f;
  f.assign(orders, 5);
  f.deliver(orders, {batch_at(3, 2)}, 5, 8);
  CHECK(f.take().empty());
  CHECK(f.position() == 8);
}

TEST_CASE("a position carries the epoch of the record before it (KIP-320)") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, {batch_at(0, 1, {}, 3), batch_at(1, 1, {}, 7)}, 0, 2);
  const auto taken = f.take();
  CHECK(taken[0]->passed() == passed_place{offset(0), leader_epoch(2)});
  taken[0]->pass();
  CHECK(taken[0]->passed() == passed_place{offset(1), leader_epoch(3)});
}

TEST_CASE("compressed batches are decompressed by the taker") {
  for (const auto c : {wire::codec::gzip, wire::codec::snappy, wire::codec::lz4, wire::codec::zstd}) {
    fetch_fixture f;
    f.assign(orders);
    f.deliver(orders, {batch_at(0, 100, {c}), batch_at(100, 100, {c})}, 0, 200);
    const auto taken = f.take();
    CHECK(pass(*taken[0]).size() == 200);
    CHECK(!taken[0]->failure());
  }
}

TEST_CASE(
    "a batch that cannot be read ends its run, the position stays before it, and the next take names it") {
  fetch_fixture f;
  f.assign(orders);
  auto damaged = batch_at(2, 2);
  std::vector<std::byte> bytes(damaged.view().begin(), damaged.view().end());
  bytes.back() ^= std::byte{1};
  f.deliver(orders, {batch_at(0, 2), buffer_slice::own(bytes)}, 0, 4);
  {
    const auto taken = f.take();
    CHECK(pass(*taken[0]) == offsets{0, 1});
    f.queue.give_back(*taken[0]);
  }
  CHECK(f.position() == 2);
  const auto told = f.queue.try_take();
  REQUIRE(!told);
  CHECK(told.code() == error_code::corrupt_message);
  CHECK(told.failure().message.find('"' + orders.topic + "\" partition 0 ") != std::string::npos);
  CHECK(told.failure().message.find("offset 2 cannot be read") != std::string::npos);
  CHECK(told.failure().message.find("seek beyond offset 3") != std::string::npos);
}

TEST_CASE("a batch that decompresses to more than is allowed is refused") {
  fetch_fixture f({.max_decompressed = 1000});
  f.assign(orders);
  f.deliver(orders, {batch_at(0, 1000, {wire::codec::zstd})}, 0, 1000);
  CHECK(f.failure() == error_code::invalid_record);
  CHECK(f.position() == 0);
}

}  // namespace klamm::handoff
