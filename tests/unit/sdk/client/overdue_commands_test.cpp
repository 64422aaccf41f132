// What is said of a command whose time is up: what the brokers kept answering.
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

struct commit_script : consumer_script {
  commit_script() : consumer_script(consuming("g")) {}

  /// A commit whose time is up before it succeeded.
  error failed_commit() {
    std::optional<result<void>> outcome;
    cluster.core.commit(
        {{a0, offset(1), {}, {}}}, 3 * second, [&](auto got) { outcome = std::move(got); }, cluster.now,
        cluster.out);
    cluster.pass(4 * second);
    REQUIRE(outcome);
    REQUIRE(!*outcome);
    return outcome->failure();
  }
  void refuse_commits(error_code with) {
    cluster.answer<wire::offset_commit_request>(
        [with](const auto& asked) { return commit_answer(asked, with); });
  }
};

bool says(const error& why, const std::string& part) { return why.message.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a commit that was refused until its time was up says the last refusal, and whose") {
  commit_script f;
  f.refuse_commits(error_code::unknown_topic_or_partition);
  const auto why = f.failed_commit();
  CHECK(why == error_code::timed_out);
  CHECK(says(why, "not done in time: the last answer was UNKNOWN_TOPIC_OR_PARTITION (this broker knows no"));
  CHECK(says(why, ", from broker:9092 (node 1)"));
  CHECK(why.broker == "broker:9092 (node 1)");
}

TEST_CASE("a commit whose coordinator was never found says what was answered to who looked for it") {
  commit_script f;
  f.cluster.answer<wire::find_coordinator_request>([](const wire::find_coordinator_request& asked) {
    wire::find_coordinator_response out;
    for (const auto key : asked.coordinator_keys) {
      auto& found = out.coordinators.emplace_back();
      found.key = key;
      found.error_code = error_code::coordinator_not_available;
    }
    return out;
  });
  const auto why = f.failed_commit();
  CHECK(why == error_code::timed_out);
  CHECK(says(why, "no coordinator was found in time: the last answer was COORDINATOR_NOT_AVAILABLE ("));
}

TEST_CASE("of a commit that nobody answered nothing else is said") {
  commit_script f;
  f.cluster.hold<wire::offset_commit_request>();
  const auto why = f.failed_commit();
  CHECK(why == error_code::timed_out);
  CHECK(why.maybe_written == true);
}

TEST_CASE("a commit may have been carried out where a try of it was lost, whatever is answered later") {
  commit_script f;
  f.cluster.hold<wire::offset_commit_request>();
  std::optional<result<void>> outcome;
  f.cluster.core.commit(
      {{a0, offset(1), {}, {}}}, 10 * second, [&](auto got) { outcome = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.cluster.held.size() == 1);
  f.cluster.cut();
  SUBCASE("refused") { f.refuse_commits(error_code::illegal_generation); }
  SUBCASE("no broker is reached any more") { f.cluster.reachable = false; }
  SUBCASE("the client closes") {
    f.cluster.core.close(f.cluster.now.steady, [](auto) {}, f.cluster.now, f.cluster.out);
  }
  f.cluster.pass(11 * second);
  REQUIRE(outcome);
  REQUIRE(!*outcome);
  CHECK(outcome->failure().maybe_written == true);
}

TEST_CASE(
    "a commit of a partition that has gone with its topic is refused at once, not when its time is up") {
  commit_script f;
  f.refuse_commits(error_code::unknown_topic_or_partition);
  f.assign({a0});
  f.cluster.topics["a"] = 0;
  ++f.cluster.lives;
  const int looked_for = f.cluster.asked(wire::find_coordinator_request::api);
  std::optional<result<void>> outcome;
  f.cluster.core.commit(
      {{a0, offset(1), {}, {}}}, 3600 * second, [&](auto got) { outcome = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.cluster.pass(second);
  REQUIRE(outcome);
  CHECK(outcome->code() == error_code::unknown_topic_or_partition);
  // It is the metadata that are old.
  CHECK(f.cluster.asked(wire::find_coordinator_request::api) - looked_for <= 1);
}

TEST_CASE("a commit that every try of was answered with a refusal was not carried out") {
  commit_script f;
  f.refuse_commits(error_code::coordinator_load_in_progress);
  CHECK(f.failed_commit().maybe_written == false);
}

TEST_CASE("a coordinator that is one no more may have carried a commit out before") {
  for (const auto code : {error_code::not_coordinator, error_code::coordinator_not_available}) {
    commit_script f;
    f.refuse_commits(code);
    CHECK(f.failed_commit().maybe_written == true);
  }
}
