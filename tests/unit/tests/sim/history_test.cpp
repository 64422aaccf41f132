// One hand-made history for each anomaly, and sound ones that must pass.
#include "tests/sim/history.hpp"

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::sim;

namespace {

const topic_partition t0{"t", partition_id(0)}, t1{"t", partition_id(1)};

// Sender 1 sends values 10, 11, 12 to t0; they are acknowledged at offsets 0, 1, 2.
history three_acknowledged() {
  history h;
  for (const std::uint64_t i : {0, 1, 2}) {
    h.sent(1, t0, 10 + i);
    h.acknowledged(10 + i, offset(static_cast<std::int64_t>(i)));
  }
  return h;
}

void poll(history& h, std::int64_t at, history::value what, std::uint64_t life = 1, int reader = 1) {
  h.polled(reader, life, t0, offset(at), what);
}

std::vector<anomaly_kind> kinds(const history& h) {
  std::vector<anomaly_kind> all;
  for (const auto& one : h.check()) all.push_back(one.kind);
  return all;
}

using found = std::vector<anomaly_kind>;

}  // namespace

TEST_CASE("a sound history has no anomaly, whatever became of what nobody knows") {
  auto h = three_acknowledged();
  h.sent(2, t0, 20);
  h.failed(20, true);
  h.sent(2, t0, 21);
  h.failed(21, true);
  for (const auto& [at, what] : {std::pair{0, 10}, {1, 11}, {2, 12}, {3, 20}})
    poll(h, at, static_cast<history::value>(what));
  CHECK(kinds(h).empty());
  CHECK(h.acknowledged_count() == 3);
}

TEST_CASE("an acknowledged value that is not there is lost, or unseen at the end") {
  auto h = three_acknowledged();
  poll(h, 0, 10);
  poll(h, 2, 12);
  CHECK(kinds(h) == found{anomaly_kind::lost});

  auto end = three_acknowledged();
  poll(end, 0, 10);
  poll(end, 1, 11);
  CHECK(kinds(end) == found{anomaly_kind::unseen});
}

TEST_CASE("a value at two offsets is a duplicate") {
  auto h = three_acknowledged();
  poll(h, 0, 10);
  poll(h, 1, 11);
  poll(h, 2, 12);
  poll(h, 3, 11);
  CHECK(kinds(h) == found{anomaly_kind::duplicate});
}

TEST_CASE("an offset with two values, or a value elsewhere than acknowledged, is inconsistent") {
  auto h = three_acknowledged();
  poll(h, 0, 10);
  poll(h, 1, 11);
  poll(h, 2, 12);
  h.sent(2, t0, 20);
  poll(h, 2, 20, 1, 2);
  CHECK(kinds(h) == found{anomaly_kind::inconsistent_offset});

  history moved;
  moved.sent(1, t0, 10);
  moved.acknowledged(10, offset(0));
  poll(moved, 5, 10);
  CHECK(kinds(moved) == found{anomaly_kind::inconsistent_offset});
}

TEST_CASE("a value nobody sent there is a phantom; one that was refused was read though it failed") {
  history h;
  poll(h, 0, 99);
  CHECK(kinds(h) == found{anomaly_kind::phantom});

  history elsewhere;
  elsewhere.sent(1, t1, 10);
  poll(elsewhere, 0, 10);
  CHECK(kinds(elsewhere) == found{anomaly_kind::phantom});

  history refused;
  refused.sent(1, t0, 10);
  refused.failed(10, false);
  poll(refused, 0, 10);
  CHECK(kinds(refused) == found{anomaly_kind::failed_read});
}

TEST_CASE("values of one sender in another order than sent are nonmonotonic") {
  history h;
  h.sent(1, t0, 10);
  h.sent(1, t0, 11);
  h.acknowledged(10, offset(1));
  h.acknowledged(11, offset(0));
  poll(h, 0, 11);
  poll(h, 1, 10);
  CHECK(kinds(h) == found{anomaly_kind::nonmonotonic_send});
}

TEST_CASE("a reader may go back or skip only with a new life") {
  auto back = three_acknowledged();
  poll(back, 0, 10);
  poll(back, 1, 11);
  poll(back, 2, 12);
  poll(back, 1, 11);
  CHECK(kinds(back) == found{anomaly_kind::nonmonotonic_poll});

  auto skip = three_acknowledged();
  poll(skip, 0, 10);
  poll(skip, 2, 12);
  poll(skip, 1, 11, 1, 2);
  CHECK(kinds(skip) == found{anomaly_kind::poll_skip});

  auto reborn = three_acknowledged();
  poll(reborn, 0, 10);
  poll(reborn, 2, 12, 2);
  poll(reborn, 1, 11, 3);
  CHECK(kinds(reborn).empty());
}

TEST_CASE("an offset without a record is no skip") {
  auto h = three_acknowledged();
  h.sent(1, t0, 13);
  h.acknowledged(13, offset(4));  // offset 3 is a control record
  poll(h, 0, 10);
  poll(h, 1, 11);
  poll(h, 2, 12);
  poll(h, 4, 13);
  CHECK(kinds(h).empty());
}
