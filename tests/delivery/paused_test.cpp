// A network that stands still for longer than delivery_timeout, and then goes on: requests that were given up are still being
// written. CVE-2026-35554 is a client that had filled their buffers with another topic's records by then.
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "tests/delivery/faulty_producer.hpp"
#include "tests/delivery/ledger.hpp"
#include "tests/delivery/proxied_broker.hpp"
#include "tests/delivery/wire_watch.hpp"

namespace klamm::delivery {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t before_pause = 500, during = 90'000, behind = 20'000, again = 100, rounds = 50;

struct planted : fault_injector {
  bool fires(std::string_view name) override { return name == "handoff.early_release"; }
};

void send(faulty_producer& to, std::array<ledger*, 2> topics, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    for (auto* topic : topics) topic->send_next(to);
}

// Until both topics take records again: what was broken off is settled first.
bool recovers(faulty_producer& producer, std::array<ledger*, 2> topics) {
  for (std::uint32_t round = 0; round < rounds; ++round) {
    send(producer, topics, again);
    if (producer.flush()) return true;
  }
  return false;
}

// More is sent into the pause than sockets hold, in few large batches, so that requests stay half written.
void pause_and_resume(Millis request_timeout, fault_injector* faults) {
  wire_watch watch;
  proxied_broker broker({.requests = watch.tap(), .receive_buffer = 64 << 10},
                        {{"message.max.bytes", "4194304"}});
  constexpr auto most = before_pause + during + behind + rounds * again;
  ledger red("red", most), blue("blue", most);
  const std::array topics{&red, &blue};
  for (const auto* topic : topics) create_topic(broker.address(), topic->topic(), 2);
  {
    faulty_producer producer({.bootstrap_servers = broker.address(), .request_timeout = request_timeout},
                             {.linger = 300ms,
                              .batch_size = ByteSize(2 << 20),
                              .delivery_timeout = 1500ms,
                              .buffer_memory = ByteSize(64 << 20),
                              .max_request_size = ByteSize(4 << 20)},
                             faults);
    send(producer, topics, before_pause);
    CHECK(producer.flush());
    broker.between().pause();
    send(producer, topics, during);
    CHECK(producer.flush().failed > 0);
    send(producer, topics, behind);
    broker.between().resume();
    CHECK(recovers(producer, topics));
  }
  CHECK(watch.batches() > 0);
  CHECK(watch.damaged() == 0);
  read_back(broker.address(), {&red, &blue});
  for (const auto* topic : topics) {
    const auto told = topic->judged();
    CHECK(told.acknowledged + told.failed + told.untold == told.sent);
    CHECK(told.untold + told.told_again == 0);
    CHECK(told.acknowledged > before_pause);
    CHECK(told.failed > 0);
    CHECK(told.foreign + told.lost + told.duplicates + told.reordered == 0);
  }
}

}  // namespace

// No request is given up by itself here: its batches are, while the socket still has it. With options that the public producer
// takes, that is the time between the linger and a late turn.
TEST_CASE("paused past delivery_timeout and resumed: what the socket still writes is what was sealed") {
  pause_and_resume(30s, nullptr);
}

TEST_CASE(
    "paused past request_timeout and delivery_timeout: connections and batches are given up, each record "
    "once") {
  pause_and_resume(500ms, nullptr);
}

TEST_CASE("planted: a buffer is released when its batch has failed" * doctest::skip()) {
  planted fault;
  pause_and_resume(30s, &fault);
}

TEST_CASE("control: a buffer released early is caught, by what is on the wire or by a sanitizer") {
  const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
  auto* const child =
      ::popen(("'" + self + "' --no-skip '--test-case=planted: a buffer*' 2>&1").c_str(), "r");
  REQUIRE(child);
  std::string said;
  std::array<char, 4096> some;
  while (const auto count = std::fread(some.data(), 1, some.size(), child)) said.append(some.data(), count);
  CHECK(::pclose(child) != 0);
  const bool caught = said.find("watch.damaged() == 0") != said.npos || said.find("Sanitizer:") != said.npos;
  CHECK_MESSAGE(caught, said);
}

}  // namespace klamm::delivery
