// Answers that are lost after the broker did what it was asked, connections that break in the midst of a frame, and requests that
// come twice: an idempotent producer's records are there once, in order. Without idempotence they are not, so the faults are real ones.
#include <doctest/doctest.h>

#include "tests/delivery/ledger.hpp"
#include "tests/delivery/proxied_broker.hpp"

namespace klamm::delivery {
namespace {

constexpr std::uint32_t records = 100'000;

struct outcome {
  verdict told;
  proxy::counts faults;
};

proxy::proxy_options losing() {
  return {.rules = {.drop_every = {{wire::api_key::produce, 37}}, .reset_every = 101}};
}

// At 0 ms a copy races what follows it; later than that, it comes behind more batches than a broker remembers.
proxy::proxy_options copying(duration late) {
  return {.copies = {.every = {{wire::api_key::produce, 5}}, .late = late}};
}

outcome deliver(ProducerOptions options, proxy::proxy_options between) {
  proxied_broker broker(std::move(between));
  ledger all("orders", records);
  create_topic(broker.address(), all.topic(), 6);
  options.batch_size = ByteSize(4096);
  options.max_request_size = ByteSize(16384);
  {
    Producer producer(broker.address(), options);
    while (!all.full()) all.send_next(producer);
    CHECK(producer.close(std::chrono::minutes(1)));
  }
  read_back(broker.address(), {&all});
  return {all.judged(), broker.between().so_far()};
}

}  // namespace

TEST_CASE("through lost answers and resets, an idempotent producer's records arrive once and in order") {
  const auto [told, faults] = deliver({}, losing());
  CHECK(faults.dropped.at(wire::api_key::produce) >= 5);
  CHECK(faults.resets >= 5);
  CHECK(told.acknowledged == records);
  CHECK(told.arrived == records);
  CHECK(told.duplicates + told.reordered + told.foreign + told.lost + told.told_again == 0);
}

TEST_CASE("control: without idempotence the same faults leave duplicates") {
  const auto [told, faults] = deliver({.idempotence = false}, losing());
  CHECK(told.acknowledged == records);
  CHECK(told.arrived == records + told.duplicates);
  CHECK(told.duplicates > 0);
  CHECK(told.foreign + told.lost + told.told_again == 0);
}

TEST_CASE("requests that come twice are stored once, however late the second comes") {
  for (const auto late : {millis(0), millis(5), millis(100)}) {
    CAPTURE(late.count());
    const auto [told, faults] = deliver({}, copying(late));
    CHECK(faults.copied.at(wire::api_key::produce) >= 5);
    CHECK(told.acknowledged == records);
    CHECK(told.arrived == records);
    CHECK(told.duplicates + told.reordered + told.foreign + told.lost + told.told_again == 0);
  }
}

TEST_CASE("control: without idempotence they are stored twice") {
  const auto [told, faults] = deliver({.idempotence = false}, copying(millis(0)));
  CHECK(told.acknowledged == records);
  CHECK(told.duplicates > 0);
  CHECK(told.foreign + told.lost + told.told_again == 0);
}

}  // namespace klamm::delivery
