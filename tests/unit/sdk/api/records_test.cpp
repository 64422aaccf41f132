#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <klamm/records.hpp>

#include "../handoff/fetch_fixture.hpp"
#include "api/record_run.hpp"

namespace klamm {
namespace {

using handoff::audit;
using handoff::batch_at;
using handoff::fetch_fixture;
using handoff::offsets;
using handoff::orders;

struct poll_fixture : fetch_fixture {
  Records poll() {
    // The fixture outlives what it hands out.
    return Records(detail::make_run(std::shared_ptr<handoff::fetch_queue>(&queue, [](auto*) {}), take()));
  }
};

}  // namespace

TEST_CASE("a loop passes records; a break leaves the current one, and it comes again") {
  poll_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 4);
  for (auto r : f.poll())
    if (r.offset() == Offset(2)) break;
  CHECK(f.position() == 2);
  offsets seen;
  for (auto r : f.poll()) seen.push_back(r.offset().value);
  CHECK(seen == offsets{2, 3});
  CHECK(f.position() == 4);
}

TEST_CASE("a throw in the body leaves the current record unprocessed") {
  poll_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 3);
  try {
    for (auto r : f.poll())
      if (r.offset() == Offset(1)) throw std::runtime_error("out of paper");
  } catch (const std::runtime_error&) {
  }
  CHECK(f.position() == 1);
}

TEST_CASE("a record shows all that it has") {
  poll_fixture f;
  f.assign(orders);
  f.deliver(orders, 7, 1);
  for (auto r : f.poll()) {
    CHECK(r.topic() == "orders");
    CHECK(r.partition() == Partition(0));
    CHECK(r.offset() == Offset(7));
    CHECK(r.timestamp() == Timestamp(Millis(7)));
    CHECK(r.leader_epoch() == 3);
    CHECK(r.key().is_null());
    CHECK(r.value() == "7");
    CHECK(r.headers().empty());
    const auto place = after(r);
    CHECK(place.next == Offset(8));
    CHECK(place.leader_epoch == 3);
    CHECK(place.at == TopicPartition{"orders", Partition(0)});
  }
}

TEST_CASE("a kept record outlives its poll, its batch and its partition; a copied one owns its bytes") {
  poll_fixture f;
  f.assign(orders);
  f.deliver(orders, {batch_at(0, 3, {wire::codec::zstd})}, 0, 3);
  std::vector<SharedRecord> kept;
  std::vector<Record> copied;
  for (auto r : f.poll()) {
    kept.push_back(r.keep());
    copied.push_back(r.to_record());
  }
  f.queue.unassigned(orders);
  REQUIRE(kept.size() == 3);
  const auto again = kept[1];
  kept.clear();
  CHECK(again.value() == "1");
  CHECK(again.topic() == "orders");
  CHECK(after(again).next == Offset(2));
  CHECK(copied[2].value == "2");
  CHECK(copied[2].offset == Offset(2));
}

TEST_CASE("by partition and by batch: the same records, the same positions") {
  poll_fixture f;
  f.assign(orders);
  f.assign(audit);
  f.deliver(orders, {batch_at(0, 2), batch_at(2, 3)}, 0, 5);
  f.deliver(audit, 0, 1);
  std::string seen;
  for (auto part : f.poll().by_partition()) {
    seen += part.partition().topic + "@" + std::to_string(part.high_watermark().value);
    for (auto batch : part.by_batch()) {
      seen += " " + std::to_string(batch.base_offset().value) + "+" + std::to_string(batch.count()) + ":";
      for (auto r : batch) seen += r.value().text();
    }
    seen += "\n";
  }
  CHECK(seen == "orders@5 0+2:01 2+3:234\naudit@1 0+1:0\n");
  CHECK(f.position(orders) == 5);
  CHECK(f.position(audit) == 1);
}

TEST_CASE("by partition: one that turns out to have nothing to show is passed over, and its position moves") {
  poll_fixture f;
  f.assign(orders);
  f.assign(audit, 5);
  f.deliver(orders, 0, 1);
  f.deliver(audit, {batch_at(3, 2)}, 5, 8);
  int parts = 0;
  for (auto part : f.poll().by_partition()) {
    CHECK(part.partition().topic == "orders");
    part.done();
    ++parts;
  }
  CHECK(parts == 1);
  CHECK(f.position(audit) == 8);
}

TEST_CASE("a batch is passed by the loop over batches, though its records were not looked at") {
  poll_fixture f;
  f.assign(orders);
  f.deliver(orders, {batch_at(0, 2), batch_at(2, 2)}, 0, 4);
  for (auto part : f.poll().by_partition())
    for (auto batch : part.by_batch()) {
      CHECK(batch.encoded().size() > 61);
      if (batch.base_offset() == Offset(2)) break;
    }
  CHECK(f.position() == 2);
}

TEST_CASE("a partition of a poll outlives the poll's other handles") {
  poll_fixture f;
  f.assign(orders);
  f.deliver(orders, 0, 2);
  {
    std::vector<PartitionRecords> parts;
    for (auto part : f.poll().by_partition()) parts.push_back(std::move(part));
    CHECK(f.take().empty());
    for (auto r : parts.front()) CHECK(!r.value().empty());
  }
  CHECK(f.position() == 2);
}

TEST_CASE("done passes all that is left") {
  poll_fixture f;
  f.assign(orders);
  f.assign(audit);
  f.deliver(orders, 0, 2);
  f.deliver(audit, 0, 2);
  auto records = f.poll();
  records.done();
  CHECK(records.empty());
  CHECK(f.position(orders) == 2);
  CHECK(f.position(audit) == 2);
}

TEST_CASE("no records: an empty range") {
  poll_fixture f;
  for (auto r : f.poll()) FAIL(r.offset().value);
  CHECK(Records().empty());
  CHECK(Records().by_partition().empty());
}

}  // namespace klamm
