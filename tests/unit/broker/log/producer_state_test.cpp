#include <doctest/doctest.h>

#include "broker/log/leader_epochs.hpp"
#include "log_node.hpp"

namespace klamm::broker::log::test {
namespace {

struct producers_node : log_node {
  producers_node() { create(); }
  result<append_info> produce(int epoch, std::int32_t first, int records = 1, bool transactional = false) {
    return append({.records = records,
                   .producer = producer_id(7),
                   .epoch = producer_epoch(static_cast<std::int16_t>(epoch)),
                   .first_sequence = sequence(first),
                   .transactional = transactional});
  }
  result<append_info> end_transaction(int epoch, bool committed, int coordinator = 0) {
    return log->append_as_leader(
        make_marker(producer_id(7), producer_epoch(static_cast<std::int16_t>(epoch)), committed, coordinator),
        leader_epoch(0), append_origin::coordinator, now);
  }
};

TEST_CASE("a repeat of one of the last five batches gets the first copy's offsets") {
  producers_node node;
  for (int i = 0; i < 6; ++i) REQUIRE(node.produce(0, i * 2, 2));
  for (int i = 1; i < 6; ++i) {
    const auto repeat = node.produce(0, i * 2, 2);
    REQUIRE(repeat);
    CHECK(repeat->duplicate);
    CHECK(repeat->first == offset(i * 2));
    CHECK(repeat->last == offset(i * 2 + 1));
  }
  CHECK(node.produce(0, 0, 2).code() == error_code::out_of_order_sequence_number);  // the sixth is forgotten
  CHECK(node.log->end() == offset(12));
}

TEST_CASE("behind a clean stop the last five batches are still repeats, with their offsets") {
  producers_node node;
  for (int i = 0; i < 6; ++i) REQUIRE(node.produce(0, i * 2, 2));
  node.settle();
  node.reopen_cleanly();
  CHECK(node.produce(0, 0, 2).code() == error_code::out_of_order_sequence_number);
  for (int i = 1; i < 6; ++i) {
    const auto repeat = node.produce(0, i * 2, 2);
    REQUIRE(repeat);
    CHECK(repeat->duplicate);
    CHECK(repeat->first == offset(i * 2));
  }
  CHECK(node.produce(0, 14, 2).code() == error_code::out_of_order_sequence_number);
  CHECK(node.produce(0, 12, 2));
}

// "Duplicate" is a success to every client: said of a batch that was refused before, it loses the batch.
TEST_CASE("what lies before the batches that are known is not taken for written") {
  producers_node node;
  REQUIRE(node.produce(0, 10, 10));
  CHECK(node.produce(0, 0, 10).code() == error_code::out_of_order_sequence_number);
  node.settle();
  node.reopen_cleanly();
  CHECK(node.produce(0, 0, 10).code() == error_code::out_of_order_sequence_number);
  REQUIRE(node.produce(0, 20, 10));
}

TEST_CASE("of Kafka's snapshots the one batch of a producer is known, of ours Kafka takes the last one") {
  producer_state state;
  producer_snapshot_entry entry{.producer_id = producer_id(7),
                                .epoch = producer_epoch(2),
                                .last_sequence = 9,
                                .last_offset = offset(19),
                                .offset_delta = 4,
                                .timestamp = timestamp(5),
                                .coordinator_epoch = -1,
                                .current_txn_first_offset = offset()};
  state.restore({entry}, timestamp(6), millis(1000));
  CHECK(state.snapshot() == std::vector{entry});
  wire::batch_header batch;
  batch.producer_id = producer_id(7);
  batch.producer_epoch = producer_epoch(2);
  batch.base_sequence = sequence(10);
  batch.base_offset = offset(20);
  batch.record_count = 1;
  batch.max_timestamp = timestamp(7);
  state.apply(batch, std::nullopt, timestamp(7));
  const auto both = state.snapshot();
  REQUIRE(both.size() == 2);
  CHECK(both[0].last_sequence == 9);
  CHECK(both[1].last_sequence == 10);
  CHECK(both[1].last_offset == offset(20));
}

TEST_CASE("a gap is 45, an old epoch 47, a new epoch starts at 0") {
  producers_node node;
  REQUIRE(node.produce(3, 17));  // an unknown producer may begin anywhere: its entry may have expired
  CHECK(node.produce(3, 19).code() == error_code::out_of_order_sequence_number);
  CHECK(node.produce(2, 18).code() == error_code::invalid_producer_epoch);
  CHECK(node.produce(4, 1).code() == error_code::out_of_order_sequence_number);
  REQUIRE(node.produce(4, 0));
  CHECK(node.produce(3, 18).code() == error_code::invalid_producer_epoch);
}

TEST_CASE("the batches of an epoch that is over are not repeats of the next epoch's") {
  producers_node node;
  for (int i = 0; i < 3; ++i) REQUIRE(node.produce(0, i));
  for (int i = 0; i < 3; ++i) {
    const auto fresh = node.produce(1, i);
    REQUIRE(fresh);
    CHECK(!fresh->duplicate);
    CHECK(fresh->first == offset(3 + i));
  }
  const auto repeat = node.produce(1, 0);
  REQUIRE(repeat);
  CHECK(repeat->duplicate);
  CHECK(repeat->first == offset(3));
}

TEST_CASE("sequences go on at 0 behind 2^31-1, within a batch too") {
  producers_node node;
  REQUIRE(node.produce(0, INT32_MAX - 1, 2));
  REQUIRE(node.produce(0, 0));
  producers_node across;
  REQUIRE(across.produce(0, INT32_MAX, 3));
  const auto repeat = across.produce(0, INT32_MAX, 3);
  REQUIRE(repeat);
  CHECK(repeat->duplicate);
  REQUIRE(across.produce(0, 2));
}

TEST_CASE("a transaction holds the last stable offset until its marker is replicated") {
  producers_node node;
  node.fill(3);
  REQUIRE(node.produce(0, 0, 2, true));
  node.fill(1);
  node.log->set_high_watermark(offset(6));
  CHECK(node.log->last_stable_offset() == offset(3));
  CHECK(node.log->in_transaction(producer_id(7)));
  CHECK(node.produce(0, 2).code() == error_code::invalid_txn_state);
  REQUIRE(node.end_transaction(0, false));
  CHECK_FALSE(node.log->in_transaction(producer_id(7)));
  CHECK(node.log->last_stable_offset() == offset(3));
  node.log->set_high_watermark(offset(7));
  CHECK(node.log->last_stable_offset() == offset(7));
  const auto aborted = node.log->aborted_in(offset(0), offset(7));
  REQUIRE(aborted.size() == 1);
  CHECK(aborted[0] == aborted_transaction{producer_id(7), offset(3), offset(6), offset(7)});
  CHECK(node.log->aborted_in(offset(7), offset(9)).empty());
  SUBCASE("a coordinator that was replaced is fenced") {
    REQUIRE(node.end_transaction(0, true, 5));
    CHECK(node.end_transaction(0, true, 4).code() == error_code::transaction_coordinator_fenced);
  }
  SUBCASE("it is known after a clean start, and after a kill") {
    node.settle();
    node.reopen_cleanly();
    CHECK(node.log->aborted_in(offset(0), offset(7)) == aborted);
    const auto hints = node.hints_now(false);
    node.crash(sim::crash::kill);
    REQUIRE(node.load(hints));
    CHECK(node.log->aborted_in(offset(0), offset(7)) == aborted);
  }
}

TEST_CASE("an open transaction is still open after a restart") {
  producers_node node;
  REQUIRE(node.produce(0, 0, 1, true));
  node.settle();
  node.reopen_cleanly();
  node.log->set_high_watermark(offset(1));
  CHECK(node.log->in_transaction(producer_id(7)));
  CHECK(node.log->last_stable_offset() == offset(0));
}

TEST_CASE("producers that wrote nothing for long are forgotten, those with a transaction are not") {
  producer_state state;
  wire::batch_header batch;
  batch.record_count = 1;
  batch.max_timestamp = timestamp(1000);
  batch.producer_epoch = producer_epoch(0);
  batch.base_sequence = sequence(0);
  batch.producer_id = producer_id(1);
  state.apply(batch, std::nullopt, timestamp());
  batch.producer_id = producer_id(2);
  batch.attributes = batch.attributes.with_transactional(true);
  state.apply(batch, std::nullopt, timestamp());
  state.expire(timestamp(1999), millis(1000));
  CHECK(state.size() == 2);
  state.expire(timestamp(2000), millis(1000));
  CHECK(state.size() == 1);
  CHECK(state.in_transaction(producer_id(2)));
}

TEST_CASE("a producer whose records are of the past is known for as long as one of today") {
  log_node node;
  node.options.producer_expiration = millis(1000);
  node.create();
  const batch_spec first{.at = timestamp(5),
                         .producer = producer_id(1),
                         .epoch = producer_epoch(0),
                         .first_sequence = sequence(0)};
  const auto repeated = [&] {
    return node.log->append_as_leader(make_batch(first), leader_epoch(0), append_origin::client, node.now)
        ->duplicate;
  };
  node.now.wall = timestamp(1'000'000);
  REQUIRE(!repeated());
  node.settle();
  node.log->expire_producers(node.now);
  CHECK(repeated());
  SUBCASE("after a restart, too") {
    node.reopen_cleanly();
    CHECK(repeated());
  }
  SUBCASE("and after a crash") {
    node.crash(sim::crash::kill);
    REQUIRE(node.load());
    CHECK(repeated());
  }
  SUBCASE("and no longer") {
    node.now.wall = timestamp(1'001'000);
    node.log->expire_producers(node.now);
    CHECK(!repeated());
  }
}

TEST_CASE("where an epoch ends (KIP-279)") {
  leader_epochs epochs;
  CHECK(epochs.end_for(leader_epoch(0), offset(0)) == epoch_end{});
  epochs.assign(leader_epoch(2), offset(10));
  epochs.assign(leader_epoch(5), offset(20));
  CHECK(epochs.end_for(leader_epoch(5), offset(30)) == epoch_end{leader_epoch(5), offset(30)});
  CHECK(epochs.end_for(leader_epoch(6), offset(30)) == epoch_end{});
  CHECK(epochs.end_for(leader_epoch(2), offset(30)) == epoch_end{leader_epoch(2), offset(20)});
  CHECK(epochs.end_for(leader_epoch(4), offset(30)) == epoch_end{leader_epoch(2), offset(20)});
  CHECK(epochs.end_for(leader_epoch(1), offset(30)) == epoch_end{leader_epoch(1), offset(10)});
  CHECK(epochs.epoch_at(offset(19)) == leader_epoch(2));
  CHECK(epochs.epoch_at(offset(9)) == leader_epoch());
  CHECK(epochs.truncate_from_start(offset(15)));
  CHECK(epochs.entries().front() == epoch_start{leader_epoch(2), offset(15)});
  CHECK(epochs.truncate_from_start(offset(20)));
  CHECK(epochs.entries().size() == 1);
  CHECK(epochs.truncate_from_end(offset(20)));
  CHECK(epochs.entries().empty());
}

TEST_CASE("an epoch that nobody wrote in gives way to the next") {
  leader_epochs epochs;
  epochs.assign(leader_epoch(1), offset(0));
  epochs.assign(leader_epoch(2), offset(7));
  epochs.assign(leader_epoch(3), offset(7));
  CHECK(epochs.entries() ==
        std::vector<epoch_start>{{leader_epoch(1), offset(0)}, {leader_epoch(3), offset(7)}});
  CHECK_FALSE(epochs.assign(leader_epoch(3), offset(9)));
}

}  // namespace
}  // namespace klamm::broker::log::test
