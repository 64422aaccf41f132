// The client core against a scripted cluster: that what is asked for goes on by itself, keeps to its time, and does not wait for what
// lies at a broker.
#include "consumer_script.hpp"

#include <doctest/doctest.h>

#include "wire/messages/join_group.hpp"
#include "wire/messages/leave_group.hpp"
#include "wire/messages/offset_commit.hpp"
#include "wire/messages/offset_for_leader_epoch.hpp"

using namespace klamm;
using namespace klamm::client;

TEST_CASE(
    "a fetch that cannot be put into words stops its partitions with the reason, and is not tried for ever") {
  auto options = consuming();
  options.consumer->fetch_max_wait = std::chrono::hours(1000);
  consumer_script f(options);
  f.assign({a0});
  f.cluster.pass(60 * second);
  REQUIRE(f.sink.failures.size() == 1);
  CHECK(f.sink.failures[0].code == error_code::invalid_request);
  CHECK(f.sink.failures[0].message.find("max_wait_ms") != std::string::npos);
}

TEST_CASE("a log that is damaged at the broker stops its partition with where that is, until a seek") {
  consumer_script f;
  f.assign({a0});
  f.answer_fetch(error_code::corrupt_message);
  f.cluster.pass(60 * second);
  REQUIRE(f.sink.failures.size() == 1);
  CHECK(f.sink.failures[0].code == error_code::corrupt_message);
  CHECK(f.sink.failures[0].message.find("\"a\" partition 0 from offset 0 on") != std::string::npos);
  CHECK(f.fetches().empty());
  f.seek(a0, 7);
  CHECK(f.fetches().size() == 1);
}

TEST_CASE("offsets of a topic that the client has never heard of are found without another event") {
  consumer_script f{core_options{}};
  f.log_start[a0] = 5;
  std::optional<result<found_offsets>> found;
  f.cluster.core.list_offsets(
      {{a0, beginning{}}}, 30 * second, [&](auto got) { found = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.cluster.settle();
  REQUIRE(found);
  CHECK((*found)->at(0).second->offset == offset(5));
}

TEST_CASE("a time before 1970 is the first record's, and no other place") {
  consumer_script f{core_options{}};
  f.offset_by_time = {{1000, 3}};
  f.log_start[a0] = 2, f.log_end[a0] = 9;
  for (const auto when : {timestamp(-1), timestamp(-2), timestamp(-3)}) {
    std::optional<result<found_offsets>> found;
    f.cluster.core.list_offsets(
        {{a0, when}}, 30 * second, [&](auto got) { found = std::move(got); }, f.cluster.now, f.cluster.out);
    f.cluster.settle();
    REQUIRE(found);
    CHECK((*found)->at(0).second->offset == offset(3));
  }
}

TEST_CASE("a name that no topic has is said to be unknown after five seconds, and is not created") {
  consumer_script f{core_options{}};
  std::optional<result<found_offsets>> found;
  f.cluster.core.list_offsets(
      {{{"nope", partition_id(0)}, beginning{}}, {{"a", partition_id(9)}, beginning{}}}, 30 * second,
      [&](auto got) { found = std::move(got); }, f.cluster.now, f.cluster.out);
  f.cluster.pass(4 * second);
  CHECK(!found);
  f.cluster.pass(2 * second);
  REQUIRE(found);
  CHECK((*found)->at(0).second.code() == error_code::unknown_topic_or_partition);
  CHECK((*found)->at(1).second.code() == error_code::unknown_topic_or_partition);
  CHECK(!f.cluster.saw_creation);
  CHECK(f.cluster.asked(wire::metadata_request::api) < 20);  // with a backoff
}

TEST_CASE(
    "an offset that is not in the log is reset by policy and fetched from there, without another event") {
  consumer_script f;
  f.assign({a0});
  REQUIRE(f.fetches().size() == 1);
  f.log_start[a0] = 40;
  const auto first = f.cluster.held.at(0);
  f.cluster.held.clear();
  f.cluster.reply(first, fetch_answer(first.read<wire::fetch_request>(), error_code::offset_out_of_range));
  f.cluster.settle();
  CHECK(f.sink.starts == std::vector<std::int64_t>{0, 40});
  REQUIRE(f.fetches().size() == 1);
  CHECK(f.fetches()[0].topics.at(0).partitions.at(0).fetch_offset == offset(40));
}

TEST_CASE("a seek does not wait for the request that lies at the broker, and looks once") {
  consumer_script f;
  f.assign({a0});
  f.seek(a0, 7);
  REQUIRE(f.fetches().size() == 2);
  const auto look = f.fetches()[1];
  CHECK(look.session_id == 0);
  CHECK(look.session_epoch == -1);
  CHECK(look.max_wait_ms == millis(0));
  CHECK(look.topics.at(0).partitions.at(0).fetch_offset == offset(7));
  f.cluster.reply(f.cluster.held.at(1), fetch_answer(look, error_code::none));  // nothing there
  f.cluster.settle();
  CHECK(f.fetches().size() == 2);
}

TEST_CASE("no broker is given all the room: the others are asked beside it") {
  consumer_script f;
  f.cluster.brokers = 2;
  f.sink.free = 1000;
  f.assign({a0, a1});
  REQUIRE(f.fetches().size() == 2);
  CHECK(f.fetches()[0].max_bytes == 500);
  CHECK(f.fetches()[1].max_bytes == 500);
}

TEST_CASE(
    "partitions of an answer are found by id, whatever their order and number; strangers are passed over") {
  consumer_script f;
  f.assign({a0, a1});
  const auto request = f.cluster.held.at(0);
  auto answer = fetch_answer(request.read<wire::fetch_request>(), error_code::none);
  auto& said = answer.responses[0].partitions;
  said.assign(4, {});
  said[0].partition_index = partition_id(5);  // nobody asked for it
  said[1].partition_index = partition_id(1), said[1].records = three_records(0);
  said[2].partition_index = partition_id(1),
  said[2].records = three_records(3);  // named twice: the first counts
  said[3].partition_index = partition_id(0), said[3].records = three_records(0);
  f.cluster.held.clear();
  f.cluster.reply(request, answer);
  f.cluster.settle();
  CHECK(f.sink.next == std::vector<std::int64_t>{3, 3});
}

TEST_CASE("what settled is committed every interval, without a poll, and only what changed") {
  auto options = consuming("g");
  options.consumer->group.auto_commit = 5 * second;
  consumer_script f{options};
  f.cluster.answer<wire::offset_commit_request>(
      [](const auto& asked) { return commit_answer(asked, error_code::none); });
  const auto commits = [&] { return f.cluster.asked(wire::offset_commit_request::api); };
  f.assign({a0});
  f.sink.places = {{a0, offset(3), {}, {}}};
  f.cluster.pass(6 * second);
  CHECK(commits() == 1);
  f.cluster.pass(20 * second);
  CHECK(commits() == 1);
  f.sink.places = {{a0, offset(4), {}, {}}};
  f.cluster.pass(5 * second);
  CHECK(commits() == 2);
  // Others, or the application, may have committed another place since.
  f.assign({});
  f.assign({a0});
  f.cluster.pass(6 * second);
  CHECK(commits() == 3);
  f.cluster.core.commit({{a0, offset(1), {}, {}}}, 2 * second, [](auto) {}, f.cluster.now, f.cluster.out);
  f.cluster.pass(6 * second);
  CHECK(commits() == 5);
  f.cluster.pass(20 * second);
  CHECK(commits() == 5);
  // More than what has settled: the interval does not take it back.
  f.cluster.core.commit({{a0, offset(9), {}, {}}}, 2 * second, [](auto) {}, f.cluster.now, f.cluster.out);
  f.cluster.pass(20 * second);
  CHECK(commits() == 6);
  f.sink.places = {{a0, offset(10), {}, {}}};
  f.cluster.pass(5 * second);
  CHECK(commits() == 7);
}

TEST_CASE(
    "what the consumer commits by itself leaves out what stands further on, in the same life of the "
    "position") {
  consumer_script f{consuming("g")};
  std::vector<std::int64_t> said;
  auto outcome = error_code::none;
  f.cluster.answer<wire::offset_commit_request>([&](const auto& asked) {
    said.push_back(asked.topics[0].partitions[0].committed_offset.value);
    return commit_answer(asked, outcome);
  });
  const auto commit = [&](std::int64_t next, commit_origin origin) {
    bool done = false;
    f.cluster.core.commit(
        {{a0, offset(next), {}, {}}}, 2 * second, [&](const auto& how) { done = !!how; }, f.cluster.now,
        f.cluster.out, origin);
    f.cluster.settle();
    return done;
  };
  f.assign({a0});
  CHECK(commit(9, commit_origin::by_hand));
  CHECK(commit(4, commit_origin::by_itself));
  CHECK(said == std::vector<std::int64_t>{9});
  CHECK(commit(10, commit_origin::by_itself));
  CHECK(commit(3, commit_origin::by_hand));  // on purpose
  CHECK(commit(4, commit_origin::by_itself));
  CHECK(said == std::vector<std::int64_t>{9, 10, 3, 4});
  SUBCASE("after a seek it has another life") {
    CHECK(commit(9, commit_origin::by_hand));
    f.seek(a0, 2);
    commit(5, commit_origin::by_itself);
    f.cluster.pass(second);
    CHECK(said.back() == 5);
  }
  SUBCASE("a partition that has gone with its topic") {
    f.cluster.topics["a"] = 0;
    ++f.cluster.lives;
    outcome = error_code::unknown_topic_or_partition;
    CHECK_FALSE(commit(5, commit_origin::by_hand));
    CHECK(commit(5, commit_origin::by_itself));
  }
  SUBCASE("a partition that the broker asked last does not know yet, or no more") {
    f.cluster.topics.clear();
    f.cluster.pass(400 * second);  // the metadata are asked for again, of age
    CHECK(commit(5, commit_origin::by_itself));
    CHECK(said.back() == 5);
  }
  SUBCASE("what was refused does not stand") {
    outcome = error_code::offset_metadata_too_large;
    CHECK_FALSE(commit(9, commit_origin::by_hand));
    outcome = error_code::none;
    CHECK(commit(5, commit_origin::by_itself));
    CHECK(said.back() == 5);
  }
  SUBCASE("what may have been carried out does") {
    f.cluster.hold<wire::offset_commit_request>();
    CHECK_FALSE(commit(9, commit_origin::by_hand));
    f.cluster.pass(3 * second);
    CHECK(commit(5, commit_origin::by_itself));
    CHECK(said.back() == 4);
  }
}

TEST_CASE("a commit ends with its own time, whatever the coordinator does") {
  consumer_script f{consuming("g")};
  f.cluster.hold<wire::offset_commit_request>();
  std::optional<result<void>> outcome;
  f.cluster.core.commit(
      {{a0, offset(1), {}, {}}}, 2 * second, [&](auto got) { outcome = std::move(got); }, f.cluster.now,
      f.cluster.out);
  f.cluster.pass(3 * second);
  REQUIRE(outcome);
  CHECK(outcome->code() == error_code::timed_out);
}

TEST_CASE("leaving does not wait behind a join that lies at the coordinator") {
  consumer_script f{consuming("g")};
  f.cluster.answer<wire::join_group_request>(
      [](const wire::join_group_request& asked) -> std::optional<wire::join_group_response> {
        if (!asked.member_id.empty()) return std::nullopt;
        wire::join_group_response out;
        out.error_code = error_code::member_id_required;
        out.member_id = "m-1";
        return out;
      });
  f.cluster.answer<wire::leave_group_request>([](const auto&) { return wire::leave_group_response{}; });
  f.cluster.core.subscribe({.topics = {"a"}}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.cluster.held.size() == 1);  // the second join
  const auto join_lies_on = f.cluster.held[0].connection;
  f.cluster.hold<wire::leave_group_request>();
  f.cluster.core.close(after(f.cluster.now.steady, second), {}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.cluster.held.size() == 2);
  CHECK(f.cluster.held[1].header.request_api_key == wire::leave_group_request::api);
  CHECK(f.cluster.held[1].connection != join_lies_on);
}

// Hard part 12 (KIP-320).
namespace {

/// Three records of epoch 3 were read; then the leader's epoch rises to 4, and the position has to be checked.
struct new_epoch_script : consumer_script {
  explicit new_epoch_script(reset_policy::kind reset = reset_policy::kind::earliest)
      : consumer_script(with(reset)) {
    cluster.epoch = 3;
    cluster.hold<wire::offset_for_leader_epoch_request>();
    assign({a0});
    if (reset == reset_policy::kind::none) seek(a0, 0);
    answer_fetch(error_code::none, three_records(0, 3));
    cluster.epoch = 4;
    answer_fetch(error_code::fenced_leader_epoch);
    cluster.pass(second);
  }
  static core_options with(reset_policy::kind reset) {
    auto out = consuming();
    out.consumer->reset.to = reset;
    return out;
  }
  void epoch_ends(std::int32_t epoch, std::int64_t end) {
    REQUIRE(cluster.held.size() == 1);
    const auto request = cluster.held[0];
    const auto asked = request.read<wire::offset_for_leader_epoch_request>();
    CHECK(asked.topics.at(0).partitions.at(0).leader_epoch == leader_epoch(3));
    CHECK(asked.topics[0].partitions[0].current_leader_epoch == leader_epoch(4));
    cluster.held.clear();
    wire::offset_for_leader_epoch_response answer;
    answer.topics.emplace_back().topic = "a";
    auto& said = answer.topics[0].partitions.emplace_back();
    said.partition = partition_id(0), said.leader_epoch = leader_epoch(epoch), said.end_offset = offset(end);
    cluster.reply(request, answer);
    cluster.settle();
  }
  std::int64_t fetched_from() const {
    return fetches().at(0).topics.at(0).partitions.at(0).fetch_offset.value;
  }
};

}  // namespace

TEST_CASE(
    "a new leader epoch: nothing is fetched before the position is known to exist; a truncated one goes "
    "back") {
  new_epoch_script f;
  CHECK(f.fetches().empty());
  f.epoch_ends(3, 2);
  CHECK(f.fetched_from() == 2);
  CHECK(f.sink.starts == std::vector<std::int64_t>{0, 2});
  // What was fetched before belongs to another life than what comes now.
  f.answer_fetch(error_code::none, three_records(2, 4));
  REQUIRE(f.sink.lives.size() == 2);
  CHECK(f.sink.lives[1] > f.sink.lives[0]);
}

TEST_CASE("a truncation where the reset is none stops the partition with what is gone, until a seek") {
  new_epoch_script f(reset_policy::kind::none);
  f.sink.failures.clear();
  f.epoch_ends(3, 2);
  REQUIRE(f.sink.failures.size() == 1);
  CHECK(f.sink.failures[0].code == error_code::offset_out_of_range);
  CHECK(f.sink.failures[0].message.find("from offset 2 to 2") != std::string::npos);
  f.cluster.pass(60 * second);
  CHECK(f.fetches().empty());
  f.seek(a0, 2);
  CHECK(f.fetched_from() == 2);
}

TEST_CASE("an undefined epoch, or one that reaches the position, is no loss") {
  new_epoch_script undefined, whole;
  undefined.epoch_ends(-1, -1);
  CHECK(undefined.fetched_from() == 3);
  whole.epoch_ends(3, 9);
  CHECK(whole.fetched_from() == 3);
}

TEST_CASE("an answer that the log diverges, but behind the position, is believed and not asked for again") {
  consumer_script f;
  f.cluster.epoch = 3;
  f.assign({a0});
  f.answer_fetch(error_code::none, three_records(0, 3));
  REQUIRE(f.cluster.held.size() == 1);
  const auto request = f.cluster.held[0];
  f.cluster.held.clear();
  auto diverging = fetch_answer(request.read<wire::fetch_request>(), error_code::none);
  diverging.responses.at(0).partitions.at(0).diverging_epoch.epoch = leader_epoch(1);
  diverging.responses[0].partitions[0].diverging_epoch.end_offset = offset(5);
  f.cluster.reply(request, diverging);
  f.cluster.settle();
  REQUIRE(f.cluster.held.size() == 1);
  const auto asked = f.cluster.held[0];
  const auto again = asked.read<wire::fetch_request>();
  const auto& next = again.topics.at(0).partitions.at(0);
  CHECK(next.fetch_offset == offset(3));
  CHECK(next.last_fetched_epoch == leader_epoch(1));
}

// Hard part 19 (KIP-899).
TEST_CASE("brokers that cannot be reached are tried with a backoff, and work again once they can") {
  consumer_script f;
  f.assign({a0});
  f.cluster.held.clear();
  f.cluster.reachable = false;
  f.cluster.cut();
  const int before = f.cluster.connects;
  f.cluster.pass(60 * second);
  CHECK(f.cluster.connects - before > 30);
  CHECK(f.cluster.connects - before < 300);
  CHECK(f.fetches().empty());
  f.cluster.reachable = true;
  f.cluster.pass(3 * second);
  CHECK(f.fetches().size() == 1);
}
