// How much of what was fetched is held decompressed at a time, by the memory that the program takes.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define KLAMM_HAS_OPERATORS_OF_ITS_OWN  // the sanitizer's, beside which there can be no others
#endif
#endif

#ifndef KLAMM_HAS_OPERATORS_OF_ITS_OWN
#include <atomic>
#include <cstdlib>
#include <functional>
#include <malloc.h>
#include <new>

#include <doctest/doctest.h>

#include "fetch_fixture.hpp"

namespace {

std::atomic<std::size_t> live{0}, most{0};

}  // namespace

void* operator new(std::size_t size) {
  auto* const made = std::malloc(size);
  if (!made) throw std::bad_alloc();
  const auto taken = ::malloc_usable_size(made);
  const auto now = live.fetch_add(taken) + taken;
  for (auto high = most.load(); high < now && !most.compare_exchange_weak(high, now);) {
  }
  return made;
}
void operator delete(void* what) noexcept {
  live.fetch_sub(::malloc_usable_size(what));
  std::free(what);
}
void operator delete(void* what, std::size_t) noexcept { operator delete(what); }

namespace klamm::handoff {
namespace {

constexpr int batches = 8, per_batch = 20'000;

/// What `loop` takes at a time, at most.
std::size_t taken_by(const std::function<void()>& loop) {
  const auto before = live.load();
  most = before;
  loop();
  return most - before;
}

buffer_slice numbered_batch(int number, wire::codec codec) {
  return batch_at(std::int64_t{number} * per_batch, per_batch, {codec});
}

void pass_through(fetch_fixture& f) {
  for (const auto& one : f.take()) one->pass_all();
}

/// What a loop over one batch takes.
std::size_t taken_by_one(int number, wire::codec codec) {
  const auto base = std::int64_t{number} * per_batch;
  fetch_fixture f;
  f.assign(orders, base);
  f.deliver(orders, {numbered_batch(number, codec)}, base, base + per_batch);
  return taken_by([&] { pass_through(f); });
}

/// With what is kept about each batch and partition.
std::size_t not_much_more_than(std::size_t one) { return one + one / 4; }

}  // namespace

TEST_CASE("of a partition's batches one is held decompressed, whatever the codec") {
  for (const auto codec : {wire::codec::gzip, wire::codec::snappy, wire::codec::lz4, wire::codec::zstd}) {
    fetch_fixture f;
    f.assign(orders);
    std::vector<buffer_slice> all;
    for (int n = 0; n < batches; ++n) all.push_back(numbered_batch(n, codec));
    f.deliver(orders, std::move(all), 0, std::int64_t{batches} * per_batch);
    const auto taken = taken_by([&] { pass_through(f); });
    CHECK(taken < not_much_more_than(taken_by_one(batches - 1, codec)));  // the last one is the largest
    CHECK(f.position() == std::int64_t{batches} * per_batch);
  }
}

TEST_CASE("of the partitions in hand the one that is looked at holds a decompressed batch, and no other") {
  fetch_fixture f;
  for (int n = 0; n < batches; ++n) {
    const topic_partition at{"orders", partition_id(n)};
    f.assign(at);
    f.deliver(at, {numbered_batch(0, wire::codec::zstd)}, 0, per_batch);
  }
  const auto taken = taken_by([&] { pass_through(f); });
  CHECK(taken < not_much_more_than(taken_by_one(0, wire::codec::zstd)));
}

TEST_CASE("control: who keeps a record of each batch holds them all") {
  fetch_fixture f;
  f.assign(orders);
  for (int n = 0; n < batches; ++n)
    f.deliver(orders, {numbered_batch(n, wire::codec::zstd)}, std::int64_t{n} * per_batch,
              std::int64_t{n + 1} * per_batch);
  const auto taken = taken_by([&] {
    std::vector<buffer_slice> kept;
    for (const auto& one : f.take())
      for (; one->current(); one->pass())
        if (kept.empty() || kept.back().data() != one->frame().data()) kept.push_back(one->frame());
    CHECK(kept.size() == batches);
  });
  CHECK(taken > batches / 2 * taken_by_one(batches - 1, wire::codec::zstd));
}

}  // namespace klamm::handoff

#endif
