// Many application threads against one I/O thread, as in a real client. Clean under ThreadSanitizer.
#include <latch>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace klamm;
using namespace klamm::handoff_test;

namespace {

// The host of threads: sealing elsewhere has a thread of its own, waking is a flag.
class threaded_host : public accumulator_host {
 public:
  threaded_host() : sealer_([this](std::stop_token stop) { run(stop); }) {}

  void wake() override {
    woken_.store(true);
    woken_.notify_one();
  }
  void seal_elsewhere(unique_function<void()> seal) override {
    const std::lock_guard lock(mutex_);
    to_seal_.push_back(std::move(seal));
    some_.notify_one();
  }
  void resolved(state_share batch) override { batch->run_callbacks(); }

  bool take_wake() { return woken_.exchange(false); }
  /// No seal runs or waits afterwards.
  void stop() {
    sealer_.request_stop();
    if (sealer_.joinable()) sealer_.join();
  }

 private:
  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (some_.wait(lock, stop, [&] { return !to_seal_.empty(); })) {
      auto seal = std::move(to_seal_.front());
      to_seal_.pop_front();
      lock.unlock();
      seal();
      lock.lock();
    }
  }

  std::atomic<bool> woken_ = false;
  std::mutex mutex_;
  std::condition_variable_any some_;
  std::deque<unique_function<void()>> to_seal_;
  std::jthread sealer_;
};

// What the sender machine does: drains, keeps a few batches in flight, acknowledges with offsets in order, and now and
// then splits or fails one.
class io_thread {
 public:
  explicit io_thread(accumulator& source) : source_(source) {}

  void round(time_point now) {
    std::vector<partition_slot> ready;
    source_.collect_ready(now, ready);
    for (const auto slot : ready)
      while (auto batch = source_.drain(slot)) {
        CHECK(batch->sealed().record_count > 0);
        in_flight_.emplace_back(slot, std::move(batch));
      }
    while (in_flight_.size() > 16) answer();
  }
  void answer_all() {
    while (!in_flight_.empty()) answer();
  }

  std::map<std::int32_t, std::int64_t> next_offset;

 private:
  void answer() {
    auto [slot, batch] = std::move(in_flight_.front());
    in_flight_.pop_front();
    if (++answered_ % 50 == 0 && batch->sealed().record_count > 1) {
      auto children = *batch->split(1000);
      for (auto at = children.rbegin(); at != children.rend(); ++at)
        in_flight_.emplace_front(slot, std::move(*at));
      return;
    }
    auto& next = next_offset[slot.value];
    const auto count = batch->sealed().record_count;
    batch->acknowledged(offset(next), {});
    next += count;
  }

  accumulator& source_;
  std::deque<std::pair<partition_slot, batch_ptr>> in_flight_;
  int answered_ = 0;
};

}  // namespace

TEST_CASE(
    "eight threads and a thousand partitions: every record resolves once, in order per thread and "
    "partition") {
  constexpr int threads = 8, partitions = 1000, records = 8000;
  threaded_host host;
  std::atomic<int> calls = 0;
  {
    accumulator source({.batch_size = 4000,
                        .compression = {wire::codec::lz4, {}},
                        .linger = millis(1),
                        .buffer_memory = 3 << 20,
                        .inline_seal_size = 1500},
                       host);
    std::atomic<int> running = threads;
    std::vector<std::vector<delivery>> sent(threads);
    std::vector<std::thread> senders;
    for (int t = 0; t < threads; ++t)
      senders.emplace_back([&, t] {
        std::vector<partition_slot> slots;
        for (int p = 0; p < partitions; ++p) slots.push_back(source.slot_of({"topic", partition_id(p)}));
        const std::string value(200, static_cast<char>('a' + t));
        for (int i = 0; i < records; ++i) {
          // Half of the records go to few partitions, so that batches fill up too.
          const auto p = static_cast<std::size_t>(i % 2 ? (i * 7 + t) % partitions : i / 2 % 4);
          record_callback done;
          if (i % 10 == 0) done = [&](const record_outcome& outcome) { calls += !outcome.failure; };
          auto taken = source.append(slots[p], record(value), at_ms(i / 100), admission::wait,
                                     duration::max(), std::move(done));
          sent[static_cast<std::size_t>(t)].push_back(*std::move(taken));
        }
        --running;
      });
    io_thread io(source);
    std::int64_t ms = 0;
    while (running > 0) {
      host.take_wake();
      io.round(at_ms(++ms));
      io.answer_all();
    }
    for (auto& sender : senders) sender.join();
    const auto last = source.flush();
    while (!source.progress().wait(last, {})) {
      io.round(at_ms(++ms));
      io.answer_all();
    }
    host.stop();
    std::map<std::int32_t, std::set<std::int64_t>> offsets;
    for (auto& of_thread : sent) {
      std::map<std::int32_t, std::int64_t> before;
      for (const auto& d : of_thread) {
        REQUIRE(d.batch->resolved());
        const auto outcome = d.outcome();
        REQUIRE_FALSE(outcome.failure);
        const auto slot = d.batch->slot().value;
        const auto at = outcome.offset.value;
        if (before.contains(slot)) CHECK(before[slot] < at);
        before[slot] = at;
        CHECK(offsets[slot].insert(at).second);
      }
    }
    for (const auto& [slot, next] : io.next_offset)
      CHECK(offsets[slot].size() == static_cast<std::size_t>(next));
    CHECK(source.flush_and_wait(duration::max()).failed == 0);
    sent.clear();
    CHECK(source.budget().used() == 0);
  }
  CHECK(calls == threads * records / 10);
}

namespace {

// Holds the sealing of one batch, until it is let go on.
class held_seal : public fault_injector {
 public:
  bool fires(std::string_view name) override {
    if (name != "handoff.hold_seal" || held_.exchange(true)) return false;
    reached.count_down();
    let_go.wait();
    return false;
  }
  std::latch reached{1}, let_go{1};

 private:
  std::atomic<bool> held_ = false;
};

}  // namespace

// Who holds some of the memory while it waits for the rest starves those whom it waits for.
TEST_CASE(
    "threads that share as much memory as one batch takes wait for all of it at once, and none starves") {
  threaded_host host;
  accumulator source({.batch_size = 256 << 10, .linger = millis(1), .buffer_memory = 256 << 10}, host);
  constexpr int threads = 4, records = 50;
  std::atomic<int> running = threads, taken = 0;
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t)
    senders.emplace_back([&, t] {
      const auto slot = source.slot_of({"topic", partition_id(t)});
      const std::string value(100'000, 'v');
      for (int i = 0; i < records; ++i)
        taken += source.append(slot, record(value), at_ms(0), admission::wait, std::chrono::seconds(30), {})
                     .has_value();
      --running;
    });
  io_thread io(source);
  while (running > 0) {
    io.round(at_ms(10));
    io.answer_all();
  }
  for (auto& sender : senders) sender.join();
  host.stop();
  CHECK(taken == threads * records);
}

TEST_CASE("a thread held inside sealing delays its own partition only") {
  held_seal fault;
  fixture f({.batch_size = 2500, .compression = {wire::codec::lz4, {}}}, &fault);
  const auto held = f.slot("held"), other = f.slot("other");
  const std::string half(1200, 'h');
  std::thread stuck([&] {
    f.append(held, half, 0);
    f.append(held, half, 0);  // fills the batch: this thread compresses it
  });
  fault.reached.wait();
  // Others go on, in the held partition too; there only draining waits.
  f.append(held, "behind", 0);
  f.append(other, half, 0);
  f.append(other, half, 0);
  CHECK(f.ready(10) == slots{other});
  CHECK(f.source.drain(other) != nullptr);
  CHECK(f.source.drain(held) == nullptr);
  fault.let_go.count_down();
  stuck.join();
  CHECK(f.ready(10) == slots{held});
  CHECK(values_of(f.source.drain(held)->sealed()) == strings{half, half});
  CHECK(values_of(f.source.drain(held)->sealed()) == strings{"behind"});
}

TEST_CASE("a sender that waits for memory ends the linger of what holds it") {
  fixture f({.linger = std::chrono::hours(1), .buffer_memory = 1024});
  const auto orders = f.slot("orders"), pages = f.slot("pages");
  f.append(orders, "holds the only chunk", 0);
  std::thread waits([&] { f.append(pages, "needs it", 0); });
  while (!f.source.budget().contended()) std::this_thread::yield();
  CHECK(f.ready(0) == slots{orders});
  f.source.drain(orders)->acknowledged(offset(0), {});
  waits.join();
  CHECK(f.source.budget().used() == 1024);
  CHECK(f.host.wakes > 0);
}

TEST_CASE("waiting for a delivery ends when the I/O thread resolves it") {
  fixture f({.linger = {}});
  const auto orders = f.slot("orders");
  const auto d = f.append(orders, "a", 0);
  std::thread waits([&] {
    d.batch->wait();
    CHECK(d.outcome().offset == offset(7));
  });
  f.ready(0);
  f.source.drain(orders)->acknowledged(offset(7), {});
  waits.join();
}
