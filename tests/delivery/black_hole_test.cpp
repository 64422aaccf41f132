// A network that takes everything and answers nothing: a close gives up in its time, and leaves no record without an outcome.
#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include <klamm/producer.hpp>

#include "tests/delivery/ledger.hpp"
#include "tests/delivery/proxied_broker.hpp"

namespace klamm::delivery {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t before = 1'000, into_the_hole = 20'000;
constexpr auto deadline = 2s;
/// What a close takes is its deadline; this only tells one that hangs from one that does not.
constexpr auto hanging = 10s;

}  // namespace

TEST_CASE("a close against a black hole: acknowledged, failed and unresolved are all that was sent") {
  proxied_broker broker({});
  ledger topic("hole", before + into_the_hole);
  create_topic(broker.address(), topic.topic(), 4);
  FlushReport told;
  {
    Producer producer(ClientOptions{.bootstrap_servers = broker.address()}, {.linger = 5ms});
    for (std::uint32_t i = 0; i < before; ++i) topic.send_next(producer);
    CHECK(producer.flush().failed == 0);
    broker.between().pause();
    for (std::uint32_t i = 0; i < into_the_hole; ++i) topic.send_next(producer);
    const auto began = std::chrono::steady_clock::now();
    told = producer.close(deadline);
    const auto took = std::chrono::steady_clock::now() - began;
    MESSAGE("the close took " << took / 1ms << " ms of " << deadline / 1ms);
    CHECK(took >= deadline);
    CHECK(took < hanging);
  }
  const auto outcomes = topic.judged();
  CHECK(outcomes.sent == before + into_the_hole);
  CHECK(outcomes.untold + outcomes.told_again == 0);
  CHECK(outcomes.acknowledged == before);
  CHECK(outcomes.failed == into_the_hole);
  CHECK(told.failed + told.unresolved == into_the_hole);
  REQUIRE(told.first_error);
  CHECK(*told.first_error == errc::closed);
}

}  // namespace klamm::delivery
