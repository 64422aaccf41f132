// What the clients of the simulation are judged by: payloads that say where they come from, and what a group was promised.
#include <doctest/doctest.h>

#include "tests/sim/cluster/group_ledger.hpp"
#include "tests/sim/cluster/payload.hpp"

using namespace klamm;
using namespace klamm::sim;

namespace {

const topic_partition t0{"t", partition_id(0)}, t1{"t", partition_id(1)};

}  // namespace

TEST_CASE("a payload says which value it is, and any changed byte is seen") {
  for (const std::uint64_t padding : {0, 1, 300}) {
    auto bytes = make_payload(42, padding);
    CHECK(bytes.size() == 8 + padding);
    CHECK(read_payload(bytes) == std::uint64_t{42});
    for (auto at = std::size_t{8}; at < bytes.size(); ++at) {
      bytes[at] ^= std::byte{1};
      CHECK_FALSE(read_payload(bytes));
      bytes[at] ^= std::byte{1};
    }
  }
  auto other = make_payload(42, 20);
  other[7] ^= std::byte{1};  // another value, whose padding this is not
  CHECK_FALSE(read_payload(other));
  CHECK_FALSE(read_payload(bytes_view(other).first(7)));
}

TEST_CASE("a member may start anywhere between what was committed and what anybody asked to commit") {
  group_ledger ledger;
  ledger.asked_to_commit(t0, offset(5));
  ledger.committed(t0, offset(5));
  ledger.asked_to_commit(t0, offset(9));
  ledger.assigned(1, t0);
  for (const int start : {5, 7, 9}) ledger.starts(1, t0, offset(start));
  CHECK(ledger.faults().empty());
  CHECK(ledger.floor(t0) == offset(5));
  CHECK(ledger.floor(t1) == offset(0));
}

TEST_CASE("a start below a commit that was acknowledged before the assignment is a lost offset") {
  group_ledger ledger;
  ledger.asked_to_commit(t0, offset(5));
  ledger.assigned(1, t0);
  ledger.committed(t0, offset(5));  // behind the assignment: its reader may not know
  ledger.starts(1, t0, offset(0));
  CHECK(ledger.faults().empty());
  ledger.assigned(2, t0);
  ledger.starts(2, t0, offset(4));
  REQUIRE(ledger.faults().size() == 1);
  CHECK(ledger.faults().front().starts_with("offset_lost: reader 2 starts t-0 at 4"));
}

TEST_CASE("who is below what is being deleted at one leader may begin anew where the next one does") {
  group_ledger ledger;
  ledger.asked_to_commit(t0, offset(5));
  ledger.committed(t0, offset(5));
  for (int i = 0; i < 5; ++i) ledger.shown(t0, offset(i));
  ledger.assigned(1, t0);
  ledger.starts(1, t0, offset(5));
  ledger.asked_to_delete(t0, offset(6));
  ledger.starts(1, t0, offset(0));
  CHECK(ledger.faults().empty());
  ledger.committed(t0, offset(6));
  ledger.assigned(2, t0);
  ledger.starts(2, t0, offset(5));
  REQUIRE(ledger.faults().size() == 1);
  CHECK(ledger.faults().front().starts_with("offset_lost: reader 2 starts t-0 at 5"));
}

TEST_CASE("a start behind everything that anybody asked to commit is an invented offset") {
  group_ledger ledger;
  ledger.asked_to_commit(t0, offset(5));
  ledger.assigned(1, t0);
  ledger.starts(1, t0, offset(6));
  REQUIRE(ledger.faults().size() == 1);
  CHECK(ledger.faults().front().starts_with("offset_invented: reader 1 starts t-0 at 6"));
}

TEST_CASE("commits never go back in the ledger, and what was shown is known by partition") {
  group_ledger ledger;
  ledger.committed(t0, offset(5));
  ledger.committed(t0, offset(3));
  CHECK(ledger.floor(t0) == offset(5));
  ledger.shown(t0, offset(2));
  CHECK(ledger.was_shown(t0, offset(2)));
  CHECK_FALSE(ledger.was_shown(t0, offset(1)));
  CHECK_FALSE(ledger.was_shown(t1, offset(2)));
}
