// What a transaction comes to when something of it is refused: the producer is finished, the transaction is aborted and the next may
// succeed, or the reason is told (KIP-1050).
#include "second.hpp"
#include "transaction_script.hpp"

using namespace klamm;
using namespace klamm::client;
using test::implicit;
using test::lines;
using test::old_protocol;
using test::transaction_script;

TEST_CASE("who is fenced is finished: by its begin, by an addition, by offsets, by its end") {
  for (const auto code : {error_code::producer_fenced, error_code::invalid_producer_epoch}) {
    transaction_script began(implicit, {code}), added(old_protocol), offered(implicit), ended(implicit);
    CHECK(began.begin_failure() == error_code::producer_fenced);
    added.refuse<wire::add_partitions_to_txn_request>(code);
    const auto adding = added.begin();
    added.produce("x");
    CHECK(added.source.story == lines{"x:PRODUCER_FENCED"});
    CHECK(added.end(adding, true) == "PRODUCER_FENCED");
    offered.refuse<wire::txn_offset_commit_request>(code);
    CHECK(offered.send_offsets(offered.begin()) == error_code::producer_fenced);
    ended.refuse<wire::end_txn_request>(code);
    const auto ending = ended.begin();
    ended.produce("x");
    CHECK(ended.end(ending, true) == "PRODUCER_FENCED");
    for (auto* f : {&began, &added, &offered, &ended})
      CHECK(f->begin_failure() == error_code::producer_fenced);
  }
}

TEST_CASE("a leader that knows of a newer producer finishes it; one that only knows of an epoch aborts") {
  transaction_script fenced(implicit), raised(implicit);
  fenced.refuse<wire::produce_request>(error_code::producer_fenced);
  const auto first = fenced.begin();
  fenced.produce("x");
  CHECK(fenced.end(first, true) == "PRODUCER_FENCED");
  raised.refuse<wire::produce_request>(error_code::invalid_producer_epoch);
  const auto second_one = raised.begin();
  raised.produce("x");
  CHECK(raised.end(second_one, true) == "aborted");
  CHECK(raised.begin() == second_one + 1);
}

TEST_CASE(
    "what a rebalance, a coordinator or a leader refuses only now is aborted, and the next transaction goes "
    "on") {
  const auto check = [](auto refuse, std::int16_t level) {
    transaction_script f(level);
    const auto number = f.begin();
    refuse(f, number);
    CHECK(f.end(number, true) == "aborted");
    const auto next = f.begin();
    f.produce("next");
    CHECK(f.end(next, true) == "committed");
  };
  for (const auto code :
       {error_code::illegal_generation, error_code::unknown_member_id, error_code::transaction_abortable})
    check(
        [code](auto& f, auto number) {
          f.template refuse<wire::txn_offset_commit_request>(code);
          CHECK(f.send_offsets(number) == error_code::none);
        },
        implicit);
  for (const auto code : {error_code::transaction_abortable, error_code::invalid_txn_state,
                          error_code::invalid_producer_id_mapping, error_code::unknown_producer_id}) {
    check(
        [code](auto& f, auto) {
          f.template refuse<wire::end_txn_request>(code);
          f.produce("x");
        },
        implicit);
    check(
        [code](auto& f, auto) {
          f.template refuse<wire::add_partitions_to_txn_request>(code);
          f.produce("x");
        },
        old_protocol);
  }
  for (const auto code : {error_code::transaction_abortable, error_code::invalid_txn_state,
                          error_code::out_of_order_sequence_number, error_code::unknown_producer_id})
    for (const auto level : {old_protocol, implicit})
      check(
          [code](auto& f, auto) {
            f.template refuse<wire::produce_request>(code);
            f.produce("x");
          },
          level);
}

TEST_CASE(
    "what another transaction would run into as well is told, after the abort, and the producer goes on") {
  transaction_script f(old_protocol);
  const auto large = f.begin();
  f.refuse<wire::produce_request>(error_code::message_too_large);
  f.produce("x");
  CHECK(f.end(large, true) == "MESSAGE_TOO_LARGE");
  const auto foreign = f.begin();
  f.refuse<wire::add_offsets_to_txn_request>(error_code::group_authorization_failed);
  CHECK(f.send_offsets(foreign) == error_code::group_authorization_failed);
  CHECK(f.end(foreign, true) == "GROUP_AUTHORIZATION_FAILED");
  const auto forbidden = f.begin();
  f.refuse<wire::add_partitions_to_txn_request>(error_code::topic_authorization_failed);
  f.produce("y");
  CHECK(f.end(forbidden, true) == "TOPIC_AUTHORIZATION_FAILED");
  const auto fine = f.begin();
  f.produce("z");
  CHECK(f.end(fine, true) == "committed");
}

TEST_CASE(
    "offsets of a coordinator that loads, or of a topic it has not heard of, are sent again; an abort ends "
    "that") {
  transaction_script f(implicit);
  const auto number = f.begin();
  for (const auto code : {error_code::coordinator_load_in_progress, error_code::unknown_topic_or_partition})
    f.refuse<wire::txn_offset_commit_request>(code);
  CHECK(f.send_offsets(number) == error_code::none);
  CHECK(f.end(number, true) == "committed");
  const auto other = f.begin();
  for (int i = 0; i < 1000; ++i)
    f.refuse<wire::txn_offset_commit_request>(error_code::unknown_topic_or_partition);
  f.cluster.core.send_offsets(other, {"g", {}, {{{"gone", partition_id(0)}, offset(1), {}, {}}}}, {},
                              f.cluster.now, f.cluster.out);
  f.cluster.pass(10 * second);
  CHECK(f.end(other, false) == "aborted");
}

TEST_CASE("a begin that is refused for now, or for good until something is changed, may be asked again") {
  transaction_script f(
      implicit, {error_code::concurrent_transactions, error_code::transactional_id_authorization_failed});
  CHECK(f.begin_failure() == error_code::transactional_id_authorization_failed);
  f.refuse<wire::init_producer_id_request>(error_code::invalid_transaction_timeout);
  CHECK(f.begin_failure() == error_code::invalid_transaction_timeout);
  CHECK(f.begin() == 1);
}

TEST_CASE("two topics' failures: the first that was told is the reason, and all else fails with it") {
  transaction_script f(implicit);
  const auto number = f.begin();
  f.cluster.topic_error = error_code::topic_authorization_failed;
  f.cluster.core.want_topic("b", f.cluster.now, f.cluster.out);
  f.produce("x");
  CHECK(f.source.story == lines{"x:TOPIC_AUTHORIZATION_FAILED"});
  CHECK(f.end(number, true) == "TOPIC_AUTHORIZATION_FAILED");
  CHECK(f.cluster.asked(wire::end_txn_request::api) == 0);  // nothing was sent
}

TEST_CASE("an offset below 0 goes into no transaction: that is said, and the transaction goes on") {
  transaction_script f(implicit);
  const auto number = f.begin();
  CHECK(f.send_offsets(number, -1) == error_code::invalid_options);
  CHECK(f.send_offsets(number, 0) == error_code::none);
  CHECK(f.end(number, true) == "committed");
}

TEST_CASE(
    "a coordinator that nobody may have is told with the broker's own words, and in ours where it says "
    "none") {
  for (const std::string said : {"this broker has no transactions", ""}) {
    transaction_script f(implicit, {error_code::not_coordinator});  // so that it is looked for again
    f.cluster.answer<wire::find_coordinator_request>([&](const wire::find_coordinator_request& asked) {
      wire::find_coordinator_response out;
      auto& none = out.coordinators.emplace_back();
      none.key = asked.coordinator_keys.at(0);
      none.error_code = error_code::transactional_id_authorization_failed;
      none.error_message = said;
      return out;
    });
    const auto why = f.begin_refusal();
    CHECK(why.code == error_code::transactional_id_authorization_failed);
    const auto reason = said.empty() ? describe(error_code::transactional_id_authorization_failed) : said;
    CHECK(why.message.find(reason) != std::string::npos);
  }
}
