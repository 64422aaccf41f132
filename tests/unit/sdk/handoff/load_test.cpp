// What the hand-off says lies in it: counted when it is asked, from where the records lie.
#include <doctest/doctest.h>

#include "fetch_fixture.hpp"
#include "fixture.hpp"

namespace klamm::handoff {

using handoff_test::fixture;

TEST_CASE(
    "records wait in the accumulator until their batch is drained, by the partition that they are for") {
  fixture f;
  const auto first = f.slot("a"), second = f.slot("b");
  CHECK(f.source.load().taken == 0);
  CHECK(f.source.load().partitions.size() == 2);
  CHECK(f.source.load().memory_used == 0);
  f.append(first, "one");
  f.append(first, "two");
  f.append(second, "three");
  const auto filled = f.source.load();
  CHECK(filled.taken == 3);
  CHECK(filled.resolved == 0);
  CHECK(filled.failed == 0);
  CHECK(filled.partitions[0].records == 2);
  CHECK(filled.partitions[1].records == 1);
  CHECK(filled.partitions[0].bytes > filled.partitions[1].bytes);
  CHECK(filled.memory_used > 0);
  CHECK(filled.memory_limit == accumulator_options{}.buffer_memory);
  CHECK(filled.waiting_senders == 0);

  f.source.flush();
  f.ready(0);
  const auto sealed = f.source.load();
  CHECK(sealed.partitions[0].records == 2);
  auto batch = f.source.drain(first);
  CHECK(sealed.partitions[0].bytes == batch->sealed().encoded_size());
  const auto drained = f.source.load();
  CHECK(drained.partitions[0].records == 0);
  CHECK(drained.partitions[0].bytes == 0);
  CHECK(drained.partitions[1].records == 1);
  CHECK(drained.resolved == 0);
  CHECK(drained.memory_used == filled.memory_used);
  batch->acknowledged(offset(0), {});
  batch.reset();
  CHECK(f.source.load().resolved == 2);
  CHECK(f.source.load().memory_used < filled.memory_used);
}

TEST_CASE("a batch that is being compressed waits still, with what it had before") {
  accumulator_options options;
  options.compression.codec = wire::codec::lz4;
  options.inline_seal_size = 0;
  fixture f(options);
  const auto slot = f.slot("a");
  f.append(slot, std::string(1000, 'x'));
  const auto open = f.source.load().partitions[0];
  f.ready(10);
  REQUIRE(f.host.to_seal.size() == 1);
  CHECK(f.source.load().partitions[0].records == 1);
  CHECK(f.source.load().partitions[0].bytes == open.bytes);
  f.host.to_seal.front()();
  CHECK(f.source.load().partitions[0].records == 1);
  CHECK(f.source.load().partitions[0].bytes < open.bytes);
}

TEST_CASE("records that fail are resolved, and counted as failed whether a report said so or not") {
  fixture f;
  const auto slot = f.slot("a");
  f.append(slot, "one");
  f.append(slot, "two");
  f.source.fail(slot, error(error_code::topic_authorization_failed));
  for (int i = 0; i < 2; ++i) {
    CHECK(f.source.load().taken == 2);
    CHECK(f.source.load().resolved == 2);
    CHECK(f.source.load().failed == 2);
    CHECK(f.source.load().partitions[0].records == 0);
    f.source.progress().report();
  }
}

TEST_CASE("fetched bytes wait until they are handed out, and are leased until they come back") {
  fetch_fixture f;
  f.assign(orders);
  f.assign(audit, 7);
  CHECK(f.queue.load().waiting_bytes == 0);
  CHECK(f.queue.load().budget == fetch_queue_options{}.budget);
  const auto batch = batch_at(0, 3);
  f.queue.deliver({.at = orders,
                   .epoch = f.epochs[orders],
                   .from = offset(0),
                   .next = offset(3),
                   .batches = {batch},
                   .bytes = batch.size(),
                   .high_watermark = offset(9),
                   .last_stable_offset = offset(8),
                   .log_start = offset(0),
                   .leader_epoch = {},
                   .records = 3});
  const auto full = f.queue.load();
  CHECK(full.waiting_bytes == batch.size());
  CHECK(full.leased_bytes == 0);
  REQUIRE(full.partitions.size() == 2);
  CHECK(full.partitions[0].at == audit);
  CHECK(full.partitions[0].position == offset(7));
  CHECK(full.partitions[0].bytes == 0);
  CHECK(full.partitions[1].records == 3);
  CHECK(full.partitions[1].bytes == batch.size());
  CHECK(full.partitions[1].high_watermark == offset(9));
  CHECK(full.partitions[1].last_stable == offset(8));
  CHECK(full.partitions[1].log_start == offset(0));

  const auto taken = f.take();
  CHECK(f.queue.load().waiting_bytes == 0);
  CHECK(f.queue.load().leased_bytes == batch.size());
  CHECK(f.queue.load().partitions[1].records == 0);
  CHECK(pass(*taken[0], 2) == offsets{0, 1});
  CHECK(f.queue.load().partitions[1].position == offset(2));
  f.queue.give_back(*taken[0]);
  CHECK(f.queue.load().leased_bytes == 0);
  CHECK(f.queue.load().waiting_bytes == batch.size());  // the rest comes again
  CHECK(f.queue.load().partitions[1].records == 1);
}

TEST_CASE("a seek drops what waits and ends what is leased: neither is counted any more") {
  fetch_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 3);
  const auto taken = f.take();
  f.deliver(orders, 3, 3);
  CHECK(f.queue.load().waiting_bytes > 0);
  CHECK(f.queue.load().leased_bytes > 0);
  f.queue.seek(orders, offset(40));
  CHECK(f.queue.load().waiting_bytes == 0);
  CHECK(f.queue.load().leased_bytes == 0);
  f.queue.give_back(*taken[0]);
  CHECK(f.queue.load().leased_bytes == 0);
}

}  // namespace klamm::handoff
