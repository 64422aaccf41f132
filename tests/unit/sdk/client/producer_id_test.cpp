// Which producer id and epoch a producer goes on with, behind gaps in its sequences (KIP-360).
#include <doctest/doctest.h>

#include "idempotent_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

constexpr std::int16_t last_epoch = 32766;  // 32767 is the broker's to fence with

/// A record that is too large for the broker and cannot be split: its sequence is a gap.
void leave_gap(idempotent_script& f) {
  f.produce("x");
  f.answer(error_code::message_too_large);
  CHECK(f.source.story.back() == "x:MESSAGE_TOO_LARGE by broker:9092 (node 1)");
}
int identities(const idempotent_script& f) { return f.cluster.asked(wire::init_producer_id_request::api); }

}  // namespace

TEST_CASE("behind a gap the next epoch of the same id is of the producer's own making, up to the last one") {
  idempotent_script f(producer_epoch(last_epoch - 1));
  f.establish();
  leave_gap(f);
  f.produce("y", 2);
  CHECK(f.sent() == strings{"32766/0+2"});
  CHECK(identities(f) == 1);
}

TEST_CASE("behind the last epoch another id is asked for, and nothing leaves before it is there") {
  idempotent_script f(producer_epoch{last_epoch});
  f.establish();
  leave_gap(f);
  f.cluster.hold<wire::init_producer_id_request>();
  f.produce("y", 2);
  f.produce("z", 1);
  CHECK(identities(f) == 2);
  CHECK(f.sent().empty());

  REQUIRE(f.cluster.held.size() == 1);
  const auto asked = std::exchange(f.cluster.held, {}).front();
  CHECK(asked.read<wire::init_producer_id_request>().producer_id == producer_id(-1));
  f.identity = {producer_id(10), producer_epoch(0)};
  f.cluster.reply(asked, identified(f.identity));
  f.cluster.settle();
  CHECK(f.sent() == strings{"0/0+2"});  // alone, until the leader knows the new id
  f.answer(error_code::none, 20);
  CHECK(f.sent() == strings{"0/2+1"});
  CHECK(identities(f) == 2);
}
