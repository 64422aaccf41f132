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
  h.polled({.reader = reader, .life = life}, t0, offset(at), what);
}

// A value that a transaction wrote, acknowledged there.
void write(history& h, history::transaction_number in, const topic_partition& to, std::int64_t at,
           history::value what) {
  h.sent(static_cast<int>(in), to, what, in);
  h.acknowledged(what, offset(at));
}

void drain(history& h, const topic_partition& from, std::int64_t at, history::value what) {
  h.polled({.reader = 9, .life = 1}, from, offset(at), what);
}

// A value that was read in the course of a transaction.
void read(history& h, history::transaction_number in, const topic_partition& from, std::int64_t at,
          history::value what) {
  h.polled({.reader = static_cast<int>(in), .life = 1, .in = in}, from, offset(at), what);
}

void commit(history& h, history::transaction_number which) {
  h.asked_to_commit(which);
  h.committed(which);
}

std::vector<anomaly_kind> kinds(const history& h, writes order = writes::take_turns) {
  std::vector<anomaly_kind> all;
  for (const auto& one : h.check(order)) all.push_back(one.kind);
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

  history untold;
  untold.sent(1, t0, 10);
  untold.acknowledged(10, offset(-1));
  untold.sent(1, t0, 11);
  untold.acknowledged(11, offset(0));
  poll(untold, 0, 11);
  CHECK(kinds(untold) == found{anomaly_kind::lost});
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

TEST_CASE("what somebody asked to delete need not be there, nor be passed over") {
  auto h = three_acknowledged();
  h.sent(1, t0, 13);
  h.acknowledged(13, offset(3));
  h.asked_to_delete(t0, offset(2));
  poll(h, 0, 10, 1, 2);
  poll(h, 2, 12, 1, 2);
  poll(h, 3, 13, 1, 2);
  CHECK(h.acknowledged_end(t0) == offset(4));
  CHECK(kinds(h).empty());

  auto more = h;
  poll(more, 1, 11);
  poll(more, 3, 13);
  CHECK(kinds(more) == found{anomaly_kind::poll_skip});

  auto later = three_acknowledged();
  poll(later, 0, 10);
  poll(later, 2, 12);
  poll(later, 1, 11, 1, 2);
  later.asked_to_delete(t0, offset(3));
  CHECK(kinds(later) == found{anomaly_kind::poll_skip});

  history unplaced;
  unplaced.sent(1, t0, 10);
  unplaced.acknowledged(10, offset(-1));
  unplaced.asked_to_delete(t0, offset(1));
  unplaced.sent(1, t0, 11);
  unplaced.acknowledged(11, offset(-1));
  CHECK(kinds(unplaced) == found{anomaly_kind::unseen});

  auto less = three_acknowledged();
  less.asked_to_delete(t0, offset(2));
  poll(less, 1, 11);
  CHECK(kinds(less) == found{anomaly_kind::unseen});
}

TEST_CASE(
    "a value that was deleted before its sender heard of it is written once more by who began behind it") {
  history h;
  for (const history::value what : {10, 11, 12}) h.sent(1, t0, what);
  h.acknowledged(12, offset(2));
  for (const auto& [at, what] : {std::pair{0, 10}, {1, 11}, {2, 12}})
    poll(h, at, static_cast<history::value>(what));
  h.asked_to_delete(t0, offset(2));
  h.acknowledged(10, offset(3));
  h.acknowledged(11, offset(1));  // by a replica that has both copies
  poll(h, 3, 10);
  poll(h, 4, 11);
  using enum anomaly_kind;
  CHECK(kinds(h) == found{duplicate, duplicate, nonmonotonic_send});
  h.replica_began(t0, offset(1));
  CHECK(kinds(h) == found{duplicate});
  h.replica_began(t0, offset(2));
  CHECK(kinds(h).empty());
  poll(h, 5, 10);
  CHECK(kinds(h) == found{duplicate});

  auto heard_of = three_acknowledged();
  heard_of.asked_to_delete(t0, offset(3));
  heard_of.replica_began(t0, offset(3));
  for (const auto& [at, what] : {std::pair{0, 10}, {1, 11}, {2, 12}, {3, 10}})
    poll(heard_of, at, static_cast<history::value>(what));
  CHECK(kinds(heard_of) == found{duplicate});

  history later;
  later.asked_to_delete(t0, offset(1));
  later.replica_began(t0, offset(1));
  for (const history::value what : {10, 11}) later.sent(1, t0, what);
  later.acknowledged(10, offset(2));
  later.acknowledged(11, offset(1));
  poll(later, 1, 11);
  poll(later, 2, 10);
  CHECK(kinds(later) == found{nonmonotonic_send});
}

TEST_CASE("a value that was deleted must not be read by who comes later") {
  auto h = three_acknowledged();
  h.reader_comes(1);
  h.asked_to_delete(t0, offset(1));
  h.deleted(t0, offset(1));
  h.reader_comes(2);
  for (const auto& [at, what] : {std::pair{0, 10}, {1, 11}, {2, 12}})
    poll(h, at, static_cast<history::value>(what));
  CHECK(kinds(h).empty());
  poll(h, 1, 11, 1, 2);
  poll(h, 2, 12, 1, 2);
  CHECK(kinds(h).empty());
  poll(h, 0, 10, 2, 2);
  CHECK(kinds(h) == found{anomaly_kind::deleted_read});
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

TEST_CASE("a skip between two records of one poll is internal") {
  const auto skipping = [](std::uint64_t second_poll) {
    auto h = three_acknowledged();
    h.polled({.reader = 1, .life = 1, .poll = 1}, t0, offset(0), 10);
    h.polled({.reader = 1, .life = 1, .poll = second_poll}, t0, offset(2), 12);
    poll(h, 1, 11, 1, 2);
    return h;
  };
  CHECK(kinds(skipping(1)) == found{anomaly_kind::internal_poll_skip});
  CHECK(kinds(skipping(2)) == found{anomaly_kind::poll_skip});
}

TEST_CASE("transactions that read and write one behind the other have no anomaly") {
  history h;
  write(h, 1, t0, 0, 10);
  write(h, 1, t1, 0, 11);
  commit(h, 1);
  read(h, 2, t0, 0, 10);
  write(h, 2, t1, 1, 20);
  h.asked_to_commit(2);  // and nobody knows what became of it: a retry is answered later
  drain(h, t1, 1, 20);
  h.committed(2);
  write(h, 3, t0, 1, 30);
  h.aborted(3);
  write(h, 4, t0, 3, 40);  // behind the marker
  commit(h, 4);
  for (const auto& [at, what] : {std::pair{0, 10}, {3, 40}})
    drain(h, t0, at, static_cast<history::value>(what));
  h.polled({.reader = 8, .life = 1}, t1, offset(0), 11);
  CHECK(kinds(h, writes::are_isolated).empty());
}

TEST_CASE(
    "a value of a transaction that was aborted must not be read (G1a), and is not lost when it is not") {
  history h;
  write(h, 1, t0, 0, 10);
  h.asked_to_commit(1);  // fenced behind that: it was aborted
  drain(h, t0, 0, 10);
  h.aborted(1);
  CHECK(kinds(h) == found{anomaly_kind::aborted_read});

  history kept;
  write(kept, 1, t0, 0, 10);
  kept.aborted(1);
  CHECK(kinds(kept).empty());
}

TEST_CASE("a value must not be read before its transaction was asked to commit") {
  history own;
  write(own, 1, t0, 0, 10);
  read(own, 1, t0, 0, 10);
  commit(own, 1);
  CHECK(kinds(own) == found{anomaly_kind::precommitted_read});

  history others;
  write(others, 1, t0, 0, 10);
  drain(others, t0, 0, 10);
  commit(others, 1);
  CHECK(kinds(others) == found{anomaly_kind::precommitted_read});
}

TEST_CASE(
    "transactions each of which wrote before the other are a cycle of writes (G0), where they may not take "
    "turns") {
  history h;
  write(h, 1, t0, 0, 10);
  write(h, 2, t0, 1, 20);
  write(h, 2, t1, 0, 21);
  write(h, 1, t1, 1, 11);
  commit(h, 1);
  commit(h, 2);
  for (const auto& [at, what] : {std::pair{0, 10}, {1, 20}})
    drain(h, t0, at, static_cast<history::value>(what));
  for (const auto& [at, what] : {std::pair{0, 21}, {1, 11}})
    drain(h, t1, at, static_cast<history::value>(what));
  CHECK(kinds(h, writes::are_isolated) == found{anomaly_kind::write_cycle});
  CHECK(kinds(h, writes::take_turns).empty());
}

TEST_CASE("transactions each of which read what the other wrote are a cycle (G1c)") {
  history h;
  write(h, 1, t0, 0, 10);
  write(h, 2, t1, 0, 20);
  h.asked_to_commit(1);
  h.asked_to_commit(2);
  read(h, 1, t1, 0, 20);
  read(h, 2, t0, 0, 10);
  h.committed(1);
  h.committed(2);
  CHECK(kinds(h) == found{anomaly_kind::read_cycle});
}

TEST_CASE("a transaction that read what was written behind its own writes is a cycle of both (G1c)") {
  history h;
  write(h, 1, t0, 0, 10);
  write(h, 2, t0, 1, 20);
  write(h, 2, t1, 0, 21);
  commit(h, 2);
  read(h, 1, t1, 0, 21);
  commit(h, 1);
  for (const auto& [at, what] : {std::pair{0, 10}, {1, 20}})
    drain(h, t0, at, static_cast<history::value>(what));
  CHECK(kinds(h, writes::are_isolated) == found{anomaly_kind::read_cycle});
  CHECK(kinds(h, writes::take_turns).empty());
}
