// Many application threads and partitions on one producer, and one thread that is held where it compresses a batch.
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <klamm/broker/broker.hpp>

#include "tests/delivery/faulty_producer.hpp"
#include "tests/delivery/ledger.hpp"
#include "tests/delivery/tally.hpp"

namespace klamm::delivery {
namespace {

// Holds the first batch of a topic that is sealed by the thread which says so, until it is let go on.
class gate : public fault_injector {
 public:
  bool fires(std::string_view name) override {
    if (name != "handoff.hold_seal" || std::this_thread::get_id() != who.load() || used_.exchange(true))
      return false;
    reached.add();
    let_go.reaches(1);
    return false;
  }
  std::atomic<std::thread::id> who;
  tally reached, let_go;

 private:
  std::atomic<bool> used_ = false;
};

}  // namespace

TEST_CASE(
    "eight threads and a thousand partitions on one producer: each record is stored, in its thread's order") {
  constexpr int threads = 8, partitions = 1000, records = 4000;
  const broker::Broker broker;
  create_topic(broker.address(), "wide", partitions);
  std::vector<std::vector<Delivery>> sent(threads);
  Producer producer(broker.address(), {.compression = {Codec::lz4}});
  {
    std::vector<std::jthread> senders;
    for (int t = 0; t < threads; ++t)
      senders.emplace_back([&, t] {
        for (int i = 0; i < records; ++i)
          sent[static_cast<std::size_t>(t)].push_back(producer.send(
              {.topic = "wide", .value = "some value", .partition = Partition((i * 7 + t) % partitions)}));
      });
  }
  const auto flushed = producer.flush(patience);
  REQUIRE_MESSAGE(flushed, flushed.unresolved, " records have no outcome, ", flushed.failed, " failed");
  std::map<std::pair<Partition, Offset>, int> at;
  for (auto& of_thread : sent) {
    std::map<Partition, Offset> before;
    for (auto& one : of_thread) {
      const auto stored = one.get();
      ++at[{stored.partition, stored.offset}];
      CHECK(before[stored.partition] < stored.offset);
      before[stored.partition] = stored.offset;
    }
  }
  CHECK(at.size() == std::size_t{threads} * records);
}

TEST_CASE("a thread held inside sealing delays its own partition, and no other's acknowledgements") {
  const broker::Broker broker;
  create_topic(broker.address(), "held", 1);
  create_topic(broker.address(), "free", 4);
  gate held_at;
  tally held, free;
  faulty_producer producer(
      {.bootstrap_servers = broker.address()},
      {.linger = std::chrono::hours(1), .batch_size = ByteSize(4096), .compression = {Codec::lz4}}, &held_at);
  // Bytes that do not compress, so that few records fill a batch.
  const auto send = [&](const char* topic, std::uint32_t number, tally& stored) {
    producer.send({.topic = topic, .value = ledger::value_of(topic, number)},
                  [&](bool ok) { stored.add(ok); });
  };
  std::uint32_t taken = 0;
  std::thread stuck([&] {
    held_at.who = std::this_thread::get_id();
    for (; taken < 1000; ++taken) send("held", taken, held);
  });
  CHECK_MESSAGE(held_at.reached.reaches(1), "no batch of the held topic is sealed by its sender");
  for (std::uint32_t i = 0; i < 10'000; ++i) send("free", i, free);
  // Nothing lingers out, and a flush would wait for the held records too: the full batches are waited for.
  CHECK_MESSAGE(free.reaches(9'000), free.count(),
                " records of the free topic are stored, of 9,000 in full batches");
  CHECK(held.count() == 0);
  held_at.let_go.add();
  stuck.join();
  CHECK(producer.flush(patience));
  CHECK_MESSAGE(held.reaches(1000), held.count(), " of 1,000 records that were held are stored");
}

}  // namespace klamm::delivery
