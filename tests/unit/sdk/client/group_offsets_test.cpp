// What is committed for a group besides the offset: that it is said, and read again, in both forms of OffsetFetch. And what cannot be.
#include <doctest/doctest.h>

#include "client/administration.hpp"
#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

/// A broker that knows OffsetFetch up to this version.
void serve_up_to(consumer_script& f, api_version newest) {
  f.cluster.answer<wire::api_versions_request>([newest](const auto&) {
    auto out = test::scripted_cluster::every_version();
    for (auto& api : out.api_keys)
      if (api.api_key == wire::offset_fetch_request::api) api.max_version = newest;
    return out;
  });
}

/// The same of each partition asked for, of one group or, in the older form, of the only one.
wire::offset_fetch_response committed_with(const wire::offset_fetch_request& asked,
                                           std::optional<std::string_view> note) {
  wire::offset_fetch_response out;
  const auto say = [&](const auto& topics, auto& said) {
    for (const auto& t : topics) {
      auto& topic = said.emplace_back();
      topic.name = t.name;
      for (const auto p : t.partition_indexes)
        topic.partitions.push_back({p, offset(5), leader_epoch(3), note, error_code::none});
    }
  };
  for (const auto& g : asked.groups) say(*g.topics, out.groups.emplace_back().topics);
  if (asked.groups.empty()) say(*asked.topics, out.topics);
  return out;
}

/// Commits of one partition whose answers the test gives.
struct repeated_commits : consumer_script {
  repeated_commits() : consumer_script(consuming("g")) { cluster.hold<wire::offset_commit_request>(); }

  void commit(offset next) {
    cluster.core.commit(
        {{a0, next, {}, {}}}, 10 * second, [this](const auto& done) { told.push_back(done.code()); },
        cluster.now, cluster.out);
    cluster.settle();
  }
  /// What the request said that is answered so.
  offset answer(std::size_t which, error_code code) {
    const auto request = cluster.held.at(which);
    const auto asked = request.read<wire::offset_commit_request>();
    cluster.reply(request, commit_answer(asked, code));
    cluster.settle();
    return asked.topics[0].partitions[0].committed_offset;
  }
  std::vector<error_code> told;
};

}  // namespace

TEST_CASE("a note and the leader's epoch go with a commit") {
  consumer_script f{consuming("g")};
  f.cluster.hold<wire::offset_commit_request>();
  f.cluster.core.commit(
      {{a1, offset(6), leader_epoch(4), "other"}, {a0, offset(5), leader_epoch(3), "note"}}, second,
      [](auto) {}, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  REQUIRE(f.cluster.held.size() == 1);
  const auto asked = f.cluster.held[0].read<wire::offset_commit_request>();
  REQUIRE(asked.topics.size() == 1);
  const auto& said = asked.topics[0].partitions;
  REQUIRE(said.size() == 2);
  CHECK(said[0].committed_offset == offset(5));
  CHECK(said[0].committed_leader_epoch == leader_epoch(3));
  CHECK(said[0].committed_metadata == "note");
  CHECK(said[1].committed_metadata == "other");
}

TEST_CASE("a commit that is repeated says what was asked for last: an earlier one never comes behind it") {
  repeated_commits f;
  f.commit(offset(5));
  f.commit(offset(9));
  REQUIRE(f.cluster.held.size() == 2);
  CHECK(f.answer(0, error_code::coordinator_load_in_progress) == offset(5));
  CHECK(f.answer(1, error_code::none) == offset(9));
  f.cluster.pass(second);
  REQUIRE(f.cluster.held.size() == 3);
  CHECK(f.answer(2, error_code::none) == offset(9));
  CHECK(f.told == std::vector{error_code::none, error_code::none});
}

TEST_CASE("a commit that is repeated does not say what was asked for later and refused") {
  repeated_commits f;
  f.commit(offset(5));
  f.commit(offset(9));
  REQUIRE(f.cluster.held.size() == 2);
  CHECK(f.answer(0, error_code::coordinator_load_in_progress) == offset(5));
  CHECK(f.answer(1, error_code::offset_metadata_too_large) == offset(9));
  f.cluster.pass(second);
  REQUIRE(f.cluster.held.size() == 3);
  CHECK(f.answer(2, error_code::none) == offset(5));
  CHECK(f.told == std::vector{error_code::offset_metadata_too_large, error_code::none});
}

TEST_CASE("where a part of a commit was refused and it is tried again, the other part stands") {
  consumer_script f{consuming("g")};
  f.cluster.hold<wire::offset_commit_request>();
  std::optional<error> told;
  f.cluster.core.commit(
      {{a0, offset(100), {}, {}}, {a1, offset(50), {}, {}}}, 10 * second,
      [&](const auto& done) { told = done.failure(); }, f.cluster.now, f.cluster.out);
  f.cluster.settle();
  auto half = commit_answer(f.cluster.held.at(0).read<wire::offset_commit_request>(), error_code::none);
  half.topics[0].partitions[1].error_code = error_code::unknown_topic_or_partition;
  f.cluster.reply(f.cluster.held[0], half);
  f.cluster.pass(second);
  REQUIRE(f.cluster.held.size() == 2);
  f.cluster.reply(f.cluster.held[1], commit_answer(f.cluster.held[1].read<wire::offset_commit_request>(),
                                                   error_code::illegal_generation));
  f.cluster.settle();
  REQUIRE(told);
  CHECK(told->code == error_code::illegal_generation);
  CHECK(told->maybe_written == true);
  // Behind what stands: nothing is left to be said.
  f.cluster.core.commit(
      {{a0, offset(60), {}, {}}}, 10 * second, [](const auto& done) { CHECK(done); }, f.cluster.now,
      f.cluster.out, commit_origin::by_itself);
  f.cluster.settle();
  CHECK(f.cluster.held.size() == 2);
}

TEST_CASE("what is committed is told with its note and its leader's epoch; no note is an empty one") {
  for (const api_version newest : {9, 7}) {
    for (const auto& [note, told] :
         {std::pair(std::optional<std::string_view>("note"), "note"), {std::nullopt, ""}}) {
      consumer_script f{consuming("g")};
      serve_up_to(f, newest);
      f.cluster.answer<wire::offset_fetch_request>(
          [note = note](const auto& asked) { return committed_with(asked, note); });
      std::optional<result<per_item<topic_partition, committed_offset>>> came;
      f.cluster.core.committed(
          {a1, a0}, second, [&](auto got) { came = std::move(got); }, f.cluster.now, f.cluster.out);
      f.cluster.settle();
      REQUIRE(came);
      REQUIRE(came->has_value());
      REQUIRE((*came)->size() == 2);
      for (const auto& [at, outcome] : **came) {
        REQUIRE(outcome);
        CHECK(outcome->next == offset(5));
        CHECK(outcome->leader_epoch == leader_epoch(3));
        CHECK(outcome->metadata == told);
      }
    }
  }
}

TEST_CASE(
    "an offset below 0 is committed neither by a member nor in a group's place: that is said, and nothing "
    "sent") {
  consumer_script f{consuming("g")};
  std::optional<error> of_member, of_admin;
  const std::vector<committed_offset> places{{a1, offset(6), {}, {}}, {a0, offset(-7), {}, {}}};
  f.cluster.core.commit(
      places, second, [&](auto got) { of_member = got.failure(); }, f.cluster.now, f.cluster.out);
  f.cluster.core.administer(
      &administration::alter_group_offsets, second,
      [&](result<per_item<topic_partition, void>> got) { of_admin = got.failure(); }, f.cluster.now,
      f.cluster.out, "g", places);
  f.cluster.settle();
  for (const auto& why : {of_member, of_admin}) {
    REQUIRE(why);
    CHECK(*why == error_code::invalid_options);
    CHECK(why->message == "-7 is no offset to go on from in \"a\" partition 0: they begin at 0");
  }
  CHECK(f.cluster.asked(wire::offset_commit_request::api) == 0);
}
