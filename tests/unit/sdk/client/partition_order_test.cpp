// Hard parts 1 to 5: sequences, order, unknown fate, splitting.
#include "client/partition_order.hpp"

#include <doctest/doctest.h>

#include "batches.hpp"
#include "client/produce_verdict.hpp"

using namespace klamm;
using namespace klamm::client;
using klamm::test::told_batch;

namespace {

constexpr int window = 5;
const producer_identity first{producer_id(9), producer_epoch(0)};
const producer_identity second{producer_id(9), producer_epoch(1)};

struct order_fixture {
  /// A partition whose leader knows the producer: the sequences from 10 on are next.
  order_fixture() {
    order.adopt(first);
    order.acknowledge(*order.settle(drain_and_send("before", 10)), {}, {});
    story.clear();
  }

  partition_order::batch_id drain_and_send(const std::string& name, int records, time_point opened = {}) {
    auto& e = order.add(std::make_unique<told_batch>(name, records, story, opened));
    order.sent(e);
    return e.id;
  }

  std::vector<std::string> story;
  partition_order order;
};
using told = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(order_fixture,
                  "a retried batch keeps its sequence, and later ones wait until nothing is outstanding") {
  const auto a = drain_and_send("a", 3), b = drain_and_send("b", 2);
  auto* e = order.settle(a);
  order.retry(*e, {}, false);
  CHECK(order.next_to_send(window) == nullptr);  // b is still at the broker
  order.retry(*order.settle(b), {}, false);
  e = order.next_to_send(window);
  REQUIRE(e);
  CHECK(e->id == a);
  CHECK(e->base == sequence(10));
  order.sent(*e);
  CHECK(order.next_to_send(window)->base == sequence(13));
}

TEST_CASE_FIXTURE(order_fixture, "batches complete in order, though a later one is answered first") {
  const auto a = drain_and_send("a", 1), b = drain_and_send("b", 1);
  order.retry(*order.settle(a), {}, true);
  order.acknowledge(*order.settle(b), offset(11), {});
  CHECK(story.empty());
  auto* again = order.next_to_send(window);
  order.sent(*again);
  order.acknowledge(*order.settle(a), offset(10), {});
  CHECK(story == told{"a@10", "b@11"});
}

TEST_CASE_FIXTURE(order_fixture,
                  "an epoch bump waits for what is outstanding, then renumbers from the oldest batch") {
  const auto a = drain_and_send("a", 3), b = drain_and_send("b", 2);
  order.renumber(*order.settle(a), {});
  order.adopt(second);
  CHECK(order.identity() == first);  // b is outstanding
  order.retry(*order.settle(b), {}, false);
  order.adopt(second);
  CHECK(order.identity() == second);
  auto* e = order.next_to_send(window);
  CHECK(e->base == sequence(0));
  order.sent(*e);
  CHECK(order.next_to_send(window) == nullptr);  // until the leader knows the new epoch
  order.acknowledge(*order.settle(a), offset(13), {});
  CHECK(order.next_to_send(window)->base == sequence(3));
}

TEST_CASE(
    "under a new identity one batch goes alone: a leader that knows no sequence would take a later one "
    "first") {
  std::vector<std::string> story;
  partition_order order;
  order.adopt(first);
  CHECK(order.has_room(window));
  auto& a = order.add(std::make_unique<told_batch>("a", 4, story));
  const auto parent = a.id;
  order.sent(a);
  CHECK_FALSE(order.has_room(window));

  auto* refused = order.settle(parent);  // MESSAGE_TOO_LARGE
  auto children = refused->batch->split(1);
  order.split(*refused, std::move(*children));
  auto* child = order.next_to_send(window);
  order.sent(*child);
  CHECK(order.next_to_send(window) == nullptr);
  order.acknowledge(*order.settle(child->id), offset(0), {});
  CHECK(order.next_to_send(window)->base == sequence(2));
  order.sent(*order.next_to_send(window));
  CHECK(order.has_room(window));
}

TEST_CASE_FIXTURE(
    order_fixture,
    "a batch that times out in flight fails once, its late answer is nobody's, and a new epoch is needed") {
  const auto a = drain_and_send("a", 3, time_point(duration(5)));
  order.expire(time_point(duration(5)), error(error_code::delivery_timeout));
  CHECK(story == told{"a:DELIVERY_TIMEOUT?"});
  CHECK(order.needs_new_epoch());
  order.adopt(second);
  CHECK(order.identity() == first);  // the request is still out
  CHECK(order.settle(a) == nullptr);
  order.adopt(second);
  CHECK(order.identity() == second);
  CHECK(order.add(std::make_unique<told_batch>("b", 1, story)).base == sequence(0));
}

TEST_CASE_FIXTURE(
    order_fixture,
    "behind a gap, a batch that may have been written is asked for once more before it is renumbered") {
  const auto a = drain_and_send("a", 3, time_point(duration(5))),
             b = drain_and_send("b", 2, time_point(duration(9)));
  order.retry(*order.settle(b), {}, true);
  order.expire(time_point(duration(5)), error(error_code::delivery_timeout));
  CHECK(order.settle(a) == nullptr);
  CHECK_FALSE(order.needs_new_epoch());
  order.adopt(second);
  CHECK(order.identity() == first);
  auto* e = order.next_to_send(window);
  REQUIRE(e);
  CHECK(e->base == sequence(13));
  order.sent(*e);
  order.settle(b);
  SUBCASE("the broker has it") {
    order.acknowledge(*e, offset(13), {});
    CHECK(story == told{"a:DELIVERY_TIMEOUT?", "b@13"});
  }
  SUBCASE("the broker refuses its sequence") {
    CHECK(order.comes_first(*e));
    order.renumber(*e, {});
    order.adopt(second);
    e = order.next_to_send(window);
    CHECK(e->base == sequence(0));
    SUBCASE("and takes it under the new epoch") {
      order.sent(*e);
      order.acknowledge(*order.settle(b), offset(15), {});
      CHECK(story == told{"a:DELIVERY_TIMEOUT?", "b@15"});
    }
    SUBCASE("who led before may have it, and lead again: if it fails then, it is perhaps written") {
      order.fail(*e, error(error_code::delivery_timeout));
      CHECK(story == told{"a:DELIVERY_TIMEOUT?", "b:DELIVERY_TIMEOUT?"});
    }
    SUBCASE("its parts, too") {
      order.split(*e, std::move(*e->batch->split(1)));
      order.fail_all(error(error_code::delivery_timeout));
      CHECK(story == told{"a:DELIVERY_TIMEOUT?", "b1:DELIVERY_TIMEOUT?", "b2:DELIVERY_TIMEOUT?"});
    }
  }
}

TEST_CASE_FIXTURE(order_fixture, "a batch that is refused at once was not written, whatever becomes of it") {
  auto* e = order.settle(drain_and_send("a", 1));
  order.renumber(*e, {});
  order.fail(*e, error(error_code::delivery_timeout));
  CHECK(story == told{"a:DELIVERY_TIMEOUT"});
}

TEST_CASE_FIXTURE(order_fixture, "a split batch's children carry its sequences in parts") {
  const auto a = drain_and_send("a", 5), b = drain_and_send("b", 1);
  auto* parent = order.settle(a);
  auto children = parent->batch->split(1);
  order.split(*parent, std::move(*children));
  order.retry(*order.settle(b), {}, false);
  std::vector<std::int32_t> bases;
  while (auto* e = order.next_to_send(window)) {
    bases.push_back(e->base.value);
    order.sent(*e);
  }
  CHECK(bases == std::vector<std::int32_t>{10, 12, 15});
}

struct split_of_unknown_fate : order_fixture {
  /// A batch of five, of which a first answer was lost, and a second said that it is too large.
  split_of_unknown_fate() {
    auto* parent = order.settle(drain_and_send("a", 5));
    order.retry(*parent, {}, true);
    order.sent(*parent);
    parent = order.settle(parent->id);
    order.split(*parent, std::move(*parent->batch->split(1)));
    order.retry(*order.settle(drain_and_send("b", 1)), {}, false);
  }
  partition_order::entry& send_next() {
    auto* e = order.next_to_send(window);
    REQUIRE(e);
    order.sent(*e);
    return *order.settle(e->id);
  }
};

TEST_CASE_FIXTURE(split_of_unknown_fate,
                  "a refused part of a batch that may have been written fails with its other parts") {
  auto& first_part = send_next();
  CHECK(first_part.perhaps_written());
  CHECK(judge_produce(error_code::out_of_order_sequence_number,
                      {.part_of_perhaps_written = first_part.part_of != 0}) == produce_verdict::parts_failed);
  order.fail_parts(first_part, error(error_code::out_of_order_sequence_number));
  CHECK(story == told{"a1:OUT_OF_ORDER_SEQUENCE_NUMBER?", "a2:OUT_OF_ORDER_SEQUENCE_NUMBER?"});
  CHECK(order.needs_new_epoch());
  order.adopt(second);
  CHECK(send_next().base == sequence(0));  // b, which nobody has
}

TEST_CASE_FIXTURE(split_of_unknown_fate,
                  "a part that is taken shows that the whole was not written: the others are as any batch") {
  order.acknowledge(send_next(), offset(10), {});
  auto& other = send_next();
  CHECK(other.base == sequence(12));
  CHECK_FALSE(other.perhaps_written());
}

TEST_CASE_FIXTURE(split_of_unknown_fate, "behind a gap, a part is asked for as it is, not renumbered") {
  auto& first_part = send_next();
  order.retry(first_part, {}, false);
  const auto c = drain_and_send("c", 1);
  order.fail(*order.settle(c), error(error_code::invalid_record));
  CHECK_FALSE(order.needs_new_epoch());
  CHECK(send_next().base == sequence(10));
}

TEST_CASE_FIXTURE(order_fixture, "a failure says whether the batch may have been written") {
  const error why(error_code::closed);
  const auto waits = drain_and_send("waits", 1), lost = drain_and_send("lost", 1);
  drain_and_send("out", 1);
  order.retry(*order.settle(waits), {}, false);
  order.retry(*order.settle(lost), {}, true);
  order.fail_all(why);
  CHECK(story == told{"waits:CLOSED", "lost:CLOSED?", "out:CLOSED?"});
}

// Nobody can build so large a batch: this one says that it has as many records as it takes to come near the end.
TEST_CASE_FIXTURE(order_fixture,
                  "sequences go on at 0 behind 2^31 - 1, inside a batch and among its children") {
  constexpr std::int32_t last = INT32_MAX;
  auto huge = test::sealed(1);
  huge.record_count = last - 10 - 1;  // so that the last two are left
  auto& e = order.add(std::make_unique<told_batch>("huge", std::move(huge), story));
  order.sent(e);
  order.acknowledge(*order.settle(e.id), {}, {});

  const auto over = drain_and_send("over", 6);  // last - 1, last, 0, 1, 2, 3
  order.acknowledge(*order.settle(drain_and_send("next", 1)), offset(6), {});
  auto* parent = order.settle(over);
  CHECK(parent->base == sequence(last - 1));
  auto children = parent->batch->split(1);
  order.split(*parent, std::move(*children));
  auto* child = order.next_to_send(window);
  CHECK(child->base == sequence(last - 1));
  order.sent(*child);
  child = order.next_to_send(window);
  CHECK(child->base == sequence(1));
  order.sent(*child);
  CHECK(order.add(std::make_unique<told_batch>("after", 1, story)).base == sequence(5));
}

TEST_CASE_FIXTURE(order_fixture, "no more than the window is on its way: the broker remembers five batches") {
  for (int i = 0; i < window; ++i) {
    CHECK(order.has_room(window));
    drain_and_send("b", 1);
  }
  CHECK_FALSE(order.has_room(window));
}

TEST_CASE("what an answer makes of a batch") {
  using enum produce_verdict;
  struct row {
    error_code code;
    batch_facts batch;
    produce_verdict verdict;
  };
  for (const auto& [code, batch, verdict] : {
           row{error_code::none, {}, acknowledged},
           row{error_code::duplicate_sequence_number, {}, acknowledged},
           row{error_code::request_timed_out, {}, retry_perhaps_written},
           row{error_code::not_enough_replicas_after_append, {}, retry_perhaps_written},
           row{error_code::disconnected, {}, retry_perhaps_written},
           row{error_code::not_enough_replicas, {}, retry},
           row{error_code::not_leader_or_follower, {}, retry_perhaps_written},
           row{error_code::kafka_storage_error, {}, retry_perhaps_written},
           row{error_code::network_exception, {}, retry_perhaps_written},
           row{error_code::timed_out, {}, retry_perhaps_written},
           row{error_code::leader_not_available, {}, retry},
           row{error_code::message_too_large, {.splittable = true}, split},
           row{error_code::message_too_large, {.splittable = false}, failed},
           row{error_code::out_of_order_sequence_number, {.oldest = false}, retry},
           row{error_code::out_of_order_sequence_number, {.oldest = true}, renumber},
           row{error_code::unknown_producer_id, {}, renumber},
           row{error_code::out_of_order_sequence_number, {.idempotent = false}, failed},
           row{error_code::topic_authorization_failed, {}, failed},
           row{error_code::cluster_authorization_failed, {}, fatal},
       })
    CHECK(judge_produce(code, batch) == verdict);
}
