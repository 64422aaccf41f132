// Transactions on a scripted cluster: what is told to whom in which order, by the old protocol and by the implicit one, and what a
// transaction comes to when something is refused, lost or late (hard parts 2, 6 and 7).
#include "second.hpp"
#include "transaction_script.hpp"

using namespace klamm;
using namespace klamm::client;
using test::implicit;
using test::lines;
using test::old_protocol;
using test::transaction_script;

namespace {

/// What lies at the broker since it was held.
template <class Request>
test::waiting_request held(transaction_script& f) {
  const auto at = std::ranges::find(f.cluster.held, Request::api,
                                    [](const auto& one) { return one.header.request_api_key; });
  REQUIRE(at != f.cluster.held.end());
  auto out = std::move(*at);
  f.cluster.held.erase(at);
  return out;
}

}  // namespace

TEST_CASE(
    "the implicit protocol: batches and EndTxn, whose answer is the next identity, and sequences begin "
    "anew") {
  transaction_script f(implicit);
  const auto first = f.begin();
  f.produce("x", 3);
  CHECK(f.end(first, true) == "committed");
  CHECK(f.take_heard() == lines{"InitProducerId -1/-1", "Produce 9/0 0+3", "EndTxn commit 9/0"});
  const auto second_one = f.begin();
  f.produce("y", 2);
  f.next_identity = {producer_id(10), producer_epoch(0)};  // the last epoch of the id was used up
  CHECK(f.end(second_one, true) == "committed");
  const auto third = f.begin();
  f.produce("z");
  CHECK(f.end(third, true) == "committed");
  CHECK(f.source.story == lines{"x@0", "y@0", "z@0"});
  CHECK(f.take_heard() ==
        lines{"Produce 9/1 0+2", "EndTxn commit 9/1", "Produce 10/0 0+1", "EndTxn commit 10/0"});
}

TEST_CASE(
    "a producer takes its id over when it starts: what a predecessor left open does not wait for its begin") {
  transaction_script f(implicit);
  CHECK(f.take_heard() == lines{"InitProducerId -1/-1"});
  CHECK(f.begin() == 1);
  CHECK(f.take_heard().empty());
}

TEST_CASE(
    "the versions of the implicit protocol go with the finalized feature, not with what brokers advertise") {
  for (const auto level : {old_protocol, implicit}) {
    transaction_script f(level);
    const auto number = f.begin();
    f.cluster.hold<wire::produce_request>();
    f.produce("x");
    const auto produced = held<wire::produce_request>(f);
    CHECK(produced.header.request_api_version == (level == implicit ? 13 : 11));
    f.cluster.reply(produced, f.answer_to(produced.read<wire::produce_request>(), error_code::none));
    f.cluster.settle();
    f.cluster.hold<wire::txn_offset_commit_request>();
    f.cluster.core.send_offsets(number, {"g", {}, {{{"in", partition_id(0)}, offset(1), {}, {}}}}, {},
                                f.cluster.now, f.cluster.out);
    f.cluster.settle();
    const auto offsets = held<wire::txn_offset_commit_request>(f);
    CHECK(offsets.header.request_api_version == (level == implicit ? 5 : 4));
    f.cluster.reply(offsets, wire::txn_offset_commit_response{});
    f.cluster.settle();
    f.cluster.hold<wire::end_txn_request>();
    std::optional<result<bool>> came;
    f.start_end(number, true, came);
    CHECK(held<wire::end_txn_request>(f).header.request_api_version == (level == implicit ? 5 : 4));
  }
}

TEST_CASE(
    "the old protocol: no batch of a partition leaves before it is added, and groups are added before "
    "offsets") {
  transaction_script f(old_protocol);
  const auto first = f.begin();
  f.produce("x", 3);
  CHECK(f.send_offsets(first) == error_code::none);
  CHECK(f.end(first, true) == "committed");
  CHECK(f.take_heard() == lines{"InitProducerId -1/-1", "AddPartitionsToTxn a-0", "Produce 9/0 0+3",
                                "AddOffsetsToTxn g", "TxnOffsetCommit g in-0 5 of member in 3",
                                "EndTxn commit 9/0"});
  // Each transaction adds anew; the epoch stays, and sequences go on.
  const auto second_one = f.begin();
  f.produce("y", 2);
  CHECK(f.end(second_one, true) == "committed");
  CHECK(f.take_heard() == lines{"AddPartitionsToTxn a-0", "Produce 9/0 3+2", "EndTxn commit 9/0"});
}

TEST_CASE("while a partition is being added its batches wait, and an added one is not added again") {
  transaction_script f(old_protocol);
  f.begin();
  f.cluster.hold<wire::add_partitions_to_txn_request>();
  f.produce("x");
  f.produce("y");
  f.cluster.pass(5 * second);
  CHECK(f.cluster.asked(wire::produce_request::api) == 0);
  f.cluster.reply(held<wire::add_partitions_to_txn_request>(f), wire::add_partitions_to_txn_response{});
  f.cluster.settle();
  f.cluster.pass(second);
  CHECK(f.source.story == lines{"x@0", "y@0"});
  CHECK(f.cluster.asked(wire::add_partitions_to_txn_request::api) == 1);
}

TEST_CASE("the implicit protocol commits offsets in the member's name without adding their group") {
  transaction_script f(implicit);
  const auto number = f.begin();
  CHECK(f.send_offsets(number, 12) == error_code::none);
  CHECK(f.end(number, true) == "committed");
  CHECK(f.take_heard() ==
        lines{"InitProducerId -1/-1", "TxnOffsetCommit g in-0 12 of member in 3", "EndTxn commit 9/0"});
}

TEST_CASE("a transaction without anything in it costs nothing") {
  for (const bool commit : {true, false}) {
    transaction_script f(implicit);
    CHECK(f.end(f.begin(), commit) == (commit ? "committed" : "aborted"));
    f.begin();
    CHECK(f.take_heard() == lines{"InitProducerId -1/-1"});
  }
}

TEST_CASE(
    "an abort fails what is unsent and what is under way at once, and ends once no request is out "
    "(KIP-654)") {
  for (const auto level : {old_protocol, implicit}) {
    transaction_script f(level);
    const auto number = f.begin();
    f.produce("before");
    f.cluster.hold<wire::produce_request>();
    f.produce("x");
    f.cluster.topics.clear();
    f.take_heard();
    std::optional<result<bool>> came;
    f.start_end(number, false, came);
    CHECK(f.source.story == lines{"before@0", "x:TRANSACTION_ABORTABLE?"});
    CHECK(f.take_heard().empty());
    const auto late = held<wire::produce_request>(f);
    f.cluster.reply(late, f.answer_to(late.read<wire::produce_request>(), error_code::none));
    f.cluster.settle();
    REQUIRE(came);
    CHECK(f.told(*came) == "aborted");
    // Without the next identity from EndTxn the gap that "x" may have left takes another epoch (KIP-360).
    CHECK(f.take_heard() ==
          (level == implicit ? lines{"EndTxn abort 9/0"} : lines{"EndTxn abort 9/0", "InitProducerId 9/0"}));
  }
}

TEST_CASE(
    "after an abort of stored batches alone, the old protocol goes on under its epoch and its sequences") {
  transaction_script f(old_protocol);
  const auto first = f.begin();
  f.produce("x", 4);
  CHECK(f.end(first, false) == "aborted");
  f.take_heard();
  f.begin();
  f.produce("y");
  CHECK(f.take_heard() == lines{"AddPartitionsToTxn a-0", "Produce 9/0 4+1"});
}

TEST_CASE("a batch whose fate is unknown at its timeout is never sent again: the transaction is aborted") {
  for (const auto level : {old_protocol, implicit}) {
    transaction_script f(level);
    const auto number = f.begin();
    f.cluster.hold<wire::produce_request>();
    f.produce("x", 3);
    f.cluster.held.clear();  // no answer ever comes
    f.cluster.pass(121 * second);
    CHECK(f.source.story == lines{"x:DELIVERY_TIMEOUT?"});
    f.cluster.pass(60 * second);
    f.produce("y");  // taken, and forgotten
    CHECK(f.source.story.back() == "y:TRANSACTION_ABORTABLE");
    const auto sent = f.cluster.asked(wire::produce_request::api);
    f.take_heard();
    CHECK(f.end(number, true) == "aborted");
    CHECK(f.cluster.asked(wire::produce_request::api) == sent);
    CHECK(f.take_heard() ==
          (level == implicit ? lines{"EndTxn abort 9/0"} : lines{"EndTxn abort 9/0", "InitProducerId 9/0"}));
  }
}

TEST_CASE(
    "UNKNOWN_SERVER_ERROR and a lost answer are no commit: EndTxn is asked until it says what it came to") {
  transaction_script f(implicit);
  const auto number = f.begin();
  f.produce("x");
  f.refuse<wire::end_txn_request>(error_code::unknown_server_error);
  std::optional<result<bool>> came;
  f.start_end(number, true, came);
  CHECK_FALSE(came);
  f.cluster.hold<wire::end_txn_request>();
  f.cluster.pass(second);
  CHECK_FALSE(came);
  f.cluster.held.clear();
  f.cluster.cut();
  // Meanwhile nothing can be taken back.
  std::optional<result<bool>> aborted;
  f.start_end(number, false, aborted);
  f.cluster.pass(3 * second);
  REQUIRE_FALSE(came);
  wire::end_txn_response done;
  done.producer_id = producer_id(9);
  done.producer_epoch = producer_epoch(1);
  const auto again = held<wire::end_txn_request>(f);
  CHECK(again.read<wire::end_txn_request>().committed);
  f.cluster.reply(again, done);
  f.cluster.settle();
  REQUIRE(came);
  CHECK(f.told(*came) == "committed");
  REQUIRE(aborted);
  CHECK(f.told(*aborted) == "committed");
  CHECK(f.end(number, true) == "committed");  // as often as it is asked
}

TEST_CASE("a coordinator that still writes the last markers is asked again within milliseconds") {
  transaction_script f(old_protocol);
  f.begin();
  for (int i = 0; i < 3; ++i)
    f.refuse<wire::add_partitions_to_txn_request>(error_code::concurrent_transactions);
  f.produce("x");
  f.cluster.pass(millis(100));
  CHECK(f.source.story == lines{"x@0"});
}

TEST_CASE("the coordinator of the transactional id is looked for again when it has moved") {
  transaction_script f(implicit);
  const auto number = f.begin();
  const auto looked = f.cluster.asked(wire::find_coordinator_request::api);
  std::vector<int> types;
  f.cluster.answer<wire::find_coordinator_request>([&](const wire::find_coordinator_request& asked) {
    types.push_back(asked.key_type);
    wire::find_coordinator_response out;
    out.coordinators.push_back({asked.coordinator_keys.at(0), node_id(1), "broker", 9092, {}, {}, {}});
    return out;
  });
  f.produce("x");
  f.refuse<wire::end_txn_request>(error_code::not_coordinator);
  CHECK(f.end(number, true) == "committed");
  CHECK(f.cluster.asked(wire::find_coordinator_request::api) == looked + 1);
  CHECK(types == std::vector{1});
}

TEST_CASE("begin waits for the end before it, and is refused while a transaction is open") {
  transaction_script f(implicit);
  const auto number = f.begin();
  CHECK(f.begin_failure() == error_code::invalid_txn_state);
  f.produce("x");
  f.cluster.hold<wire::end_txn_request>();
  std::optional<result<bool>> came;
  f.start_end(number, false, came);
  std::optional<result<std::uint64_t>> next;
  f.begin([&](result<std::uint64_t> got) { next = got; });
  f.cluster.pass(5 * second);
  CHECK_FALSE(next);
  f.cluster.reply(held<wire::end_txn_request>(f), wire::end_txn_response{});
  f.cluster.settle();
  REQUIRE(next);
  CHECK(**next == number + 1);
  CHECK(f.end(number, true) == "INVALID_TXN_STATE");  // of a handle that is long over
}

TEST_CASE("a record outside of a transaction fails, and so does one behind an abort") {
  transaction_script f(implicit);
  f.produce("x");
  const auto number = f.begin();
  CHECK(f.end(number, false) == "aborted");
  f.produce("y");
  CHECK(f.source.story == lines{"x:INVALID_TXN_STATE", "y:INVALID_TXN_STATE"});
}

TEST_CASE("close aborts an open transaction, and does not end before the coordinator has heard") {
  transaction_script f(implicit);
  f.begin();
  f.produce("x");
  f.cluster.hold<wire::end_txn_request>();
  std::optional<result<close_report>> closed;
  f.cluster.core.close(
      f.cluster.now.steady + 30 * second, [&](result<close_report> report) { closed = std::move(report); },
      f.cluster.now, f.cluster.out);
  f.cluster.pass(second);
  CHECK_FALSE(closed);
  CHECK_FALSE(held<wire::end_txn_request>(f).read<wire::end_txn_request>().committed);
  f.cluster.pass(30 * second);
  REQUIRE(closed);
  CHECK(f.begin_failure() == error_code::closed);
}
