// One member of three, whose peers are played by the test: what it asks, and what it answers in each of its roles.
#include "scripted_member.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;
using namespace klamm::broker::raft::test;

TEST_CASE("a member asks the others first, then stands, and says which directory is its own") {
  member m;
  m.pass(millis(2001));
  REQUIRE(m.others.votes.size() == 2);
  CHECK(m.others.votes[0].what.pre_vote);
  CHECK(m.others.votes[0].what.epoch == leader_epoch(0));
  CHECK(m.others.votes[0].what.candidate_directory == own_directory);
  m.grant(true, true, error_code::unknown_server_error);  // an error is no vote
  CHECK(m.plays<unattached>());
  m.pass(millis(2001));
  m.grant(true);
  CHECK(m.plays<candidate>());
  CHECK(m.voter->epoch() == leader_epoch(1));
  m.grant(false);
  CHECK(m.voter->leading());
  CHECK(m.voter->members().size() == 3);
}

TEST_CASE("who is refused by a majority waits for another turn, in the same epoch") {
  member m;
  m.pass(millis(2001));
  m.grant(true, false);
  CHECK(m.plays<unattached>());
  CHECK(m.voter->epoch() == leader_epoch(0));
}

TEST_CASE("an answer to a question of another kind or of another epoch counts for nothing") {
  member m;
  m.pass(millis(2001));
  auto before = std::exchange(m.others.votes, {});
  m.answer(before[0], vote_response{error_code::none, {leader_epoch(0), node_id()}, true});
  REQUIRE(m.plays<candidate>());
  m.answer(before[1], vote_response{error_code::none, {leader_epoch(0), node_id()}, true});
  CHECK(m.plays<candidate>());
  m.begin(2, two);
  m.grant(false);
  CHECK(m.plays<follower>());
  CHECK(m.voter->leader_id() == two);
}

TEST_CASE("a leader answers who speaks of an earlier epoch that it is over, and stays") {
  member m;
  m.lead();
  const auto old_vote = m.vote({leader_epoch(0), two, {}, {leader_epoch(9), offset(9)}, false});
  REQUIRE(old_vote);
  CHECK(old_vote->error == error_code::fenced_leader_epoch);
  CHECK(old_vote->leader.epoch == leader_epoch(1));
  CHECK(old_vote->leader.node == self);
  CHECK(m.begin(0, two)->error == error_code::fenced_leader_epoch);
  CHECK(m.end(0, two)->error == error_code::fenced_leader_epoch);
  CHECK(m.begin(1, self)->error == error_code::none);
  CHECK_FALSE(m.vote({leader_epoch(1), two, {}, {leader_epoch(9), offset(9)}, false})->granted);
  CHECK(m.voter->leading());
}

TEST_CASE("a leader serves fetches of its own epoch only") {
  member m;
  m.lead();
  auto request = fetch_from(0, 0, offset(0));
  request.epoch = leader_epoch(0);
  CHECK(m.ask<fetch_response>(request)->error == error_code::fenced_leader_epoch);
  request.epoch = leader_epoch(2);
  CHECK(m.ask<fetch_response>(request)->error == error_code::unknown_leader_epoch);
  request.epoch = leader_epoch(1);
  const auto served = m.ask<fetch_response>(request);
  REQUIRE(served);
  CHECK(served->error == error_code::none);
  CHECK(served->records.size() > 0);
}

TEST_CASE("a fetch that there is nothing for waits as long as it may, or for the high watermark") {
  member m;
  m.lead();
  CHECK(m.ask<fetch_response>(fetch_from(1, 1, offset(0))));  // it commits, and the replica knows less
  CHECK(m.voter->high_watermark() == offset(1));
  CHECK(m.ask<fetch_response>(fetch_from(1, 1, offset(1), millis(0))));
  CHECK(m.ask<fetch_response>(fetch_from(1, 1, offset(0))));
  std::vector<fetch_response> late;
  const auto wait = [&](offset known) {
    m.event([&] {
      m.voter->on(fetch_from(1, 1, known), [&](result<fetch_response> said) { late.push_back(*said); });
    });
  };
  wait(offset(1));
  wait(offset(-1));  // it does not say what it knows
  m.pass(millis(499));
  CHECK(late.empty());
  m.pass(millis(1));
  REQUIRE(late.size() == 2);
  CHECK(late[0].records.size() == 0);
  wait(offset(1));
  const std::vector<record_value> values{{std::byte{1}}};
  m.event([&] { CHECK(*m.voter->append(values) == offset(2)); });
  REQUIRE(late.size() == 3);
  CHECK(late[2].records.size() > 0);
}

TEST_CASE("a log that is no part of the leader's is told where it parts, or given the snapshot") {
  member m;
  m.lead();
  CHECK(m.ask<fetch_response>(fetch_from(5, 1, offset(0)))->diverging ==
        log::epoch_end{leader_epoch(1), offset(1)});
  CHECK(m.ask<fetch_response>(fetch_from(1, 4, offset(0)))->diverging);
  const auto& whole = m.ask<fetch_response>(fetch_from(0, 0, offset(0), millis(0)));
  CHECK_FALSE(whole->diverging);
  CHECK_FALSE(whole->snapshot);
}

TEST_CASE("a snapshot is read in parts, and what is not there is refused") {
  member m;
  m.lead();
  snapshot_request request{leader_epoch(1), {two}, {}, 0};
  const auto first = m.ask<snapshot_response>(request);
  REQUIRE(first);
  CHECK(first->size == first->bytes.size());
  request.position = first->size - 1;
  CHECK(m.ask<snapshot_response>(request)->bytes.size() == 1);
  request.position = first->size;
  CHECK(m.ask<snapshot_response>(request)->error == error_code::position_out_of_range);
  request = {leader_epoch(1), {two}, {offset(7), leader_epoch(1)}, 0};
  CHECK(m.ask<snapshot_response>(request)->error == error_code::snapshot_not_found);
  request.epoch = leader_epoch(0);
  CHECK(m.ask<snapshot_response>(request)->error == error_code::fenced_leader_epoch);
}

TEST_CASE("voters that have not fetched are told again of their leader, the others are not") {
  member m;
  m.lead();
  CHECK(m.others.begins.size() == 2);
  m.ask<fetch_response>(fetch_from(0, 0, offset(0)));
  m.pass(millis(999));
  CHECK(m.others.begins.size() == 2);
  m.pass(millis(1));
  REQUIRE(m.others.begins.size() == 3);
  CHECK(m.others.begins.back().to == three);
}

TEST_CASE("a voter grants a later epoch, and remembers to whom") {
  member m;
  const vote_request asking{leader_epoch(3), two, {}, {leader_epoch(0), offset(0)}, false};
  const auto said = m.vote(asking);
  REQUIRE(said);
  CHECK(said->granted);
  CHECK(said->leader == known_leader{leader_epoch(3), node_id()});
  CHECK(m.vote(asking)->granted);
  auto other = asking;
  other.candidate = three;
  CHECK_FALSE(m.vote(other)->granted);
  other.pre_vote = true;
  CHECK(m.vote(other)->granted);
  CHECK_FALSE(m.vote(other)->leader.node.value >= 0);
  CHECK(m.voter->epoch() == leader_epoch(3));
}

TEST_CASE("who does not vote, as far as it knows, gives its vote all the same, and never stands (KIP-853)") {
  member m(node_id(4));
  CHECK(m.vote({leader_epoch(3), two, {}, {leader_epoch(0), offset(0)}, false})->granted);
  m.begin(4, two);
  REQUIRE(m.plays<follower>());
  m.end(4, two, {{node_id(4)}});
  m.pass(millis(2001));
  CHECK(m.plays<unattached>());
  CHECK(m.others.votes.empty());
}

TEST_CASE("a follower hears of later epochs, and of no leader in them") {
  member m;
  m.begin(2, two);
  CHECK(m.voter->leader_id() == two);
  CHECK(m.voter->members().empty());
  REQUIRE(!m.others.fetches.empty());
  CHECK(m.others.fetches.back().to == two);
  m.begin(2, three);  // an epoch has one leader
  CHECK(m.voter->leader_id() == two);
  m.begin(3, node_id());
  CHECK(m.plays<unattached>());
  CHECK(m.voter->epoch() == leader_epoch(3));
  m.begin(3, three);
  CHECK(m.voter->leader_id() == three);
}

TEST_CASE("the first successor of a leader stands at once, the next one later") {
  for (const auto& [successors, waits] :
       {std::pair{std::vector<replica_key>{{self}, {three}}, millis(0)},
        std::pair{std::vector<replica_key>{{three}, {self}}, millis(500)}}) {
    member m;
    m.begin(2, two);
    m.end(2, two, successors);
    CHECK(m.voter->deadline() == after(m.now.steady, waits));
    CHECK(m.plays<follower>());
    m.pass(waits);
    CHECK(m.plays<prospective>());
  }
}

TEST_CASE("one that led before its restart does not follow itself, and leaves the epoch") {
  member m;
  m.lead();
  m.live_again();
  CHECK(m.plays<resigned>());
  CHECK(m.voter->epoch() == leader_epoch(1));
  m.pass(millis(2001));
  CHECK(m.plays<unattached>());
  CHECK(m.voter->epoch() == leader_epoch(2));
}

TEST_CASE("a closed member tells the others once, and answers nobody") {
  member m;
  m.lead();
  m.event([&] { m.voter->close([] {}); });
  CHECK(m.others.ends.size() == 2);
  CHECK_FALSE(m.vote({leader_epoch(3), two, {}, {leader_epoch(5), offset(9)}, false}));
  CHECK_FALSE(m.begin(3, two));
  CHECK_FALSE(m.end(3, two));
  CHECK_FALSE(m.ask<fetch_response>(fetch_from(0, 0, offset(0))));
  CHECK_FALSE(m.ask<snapshot_response>(snapshot_request{leader_epoch(1), {two}, {}, 0}));
  CHECK(m.voter->members().empty());
  CHECK(m.voter->deadline() == never);
}

TEST_CASE("a follower asks one thing at a time, and again a moment after it failed") {
  member m;
  m.others.fetches.clear();
  m.begin(2, two);
  REQUIRE(m.others.fetches.size() == 1);
  m.pass(millis(100));
  CHECK(m.others.fetches.size() == 1);
  auto open = std::exchange(m.others.fetches, {});
  m.answer(open[0],
           fetch_response{.error = error_code::unknown_server_error, .leader = {leader_epoch(2), two}});
  CHECK(m.others.fetches.empty());
  m.pass(millis(19));
  CHECK(m.others.fetches.empty());
  m.pass(millis(1));
  REQUIRE(m.others.fetches.size() == 1);
  CHECK(m.others.fetches[0].to == two);
  CHECK(m.failed.empty());
}

TEST_CASE("an answer to what another role asked says who leads, and nothing else") {
  member m;
  m.others.fetches.clear();
  m.begin(2, two);
  auto open = std::exchange(m.others.fetches, {});
  m.begin(3, three);
  const record_value value{std::byte{1}};
  const std::vector<record_value> values{value};
  auto batch = encode_batch(values, offset(0), leader_epoch(2), timestamp(7));
  m.answer(open[0], fetch_response{.leader = {leader_epoch(2), two},
                                   .records = byte_chain(buffer_slice::own(std::move(batch)))});
  CHECK(m.voter->end() == offset(0));
  CHECK(m.voter->leader_id() == three);
}

TEST_CASE("a follower appends what it is given, knows what is committed, and is cut where its log parts") {
  member m;
  m.others.fetches.clear();
  m.begin(2, two);
  const std::vector<record_value> values{{std::byte{1}}, {std::byte{2}}};
  const auto give = [&](fetch_response said) {
    auto open = std::exchange(m.others.fetches, {});
    REQUIRE(open.size() == 1);
    said.leader = {leader_epoch(2), two};
    m.answer(open[0], std::move(said));
  };
  const auto batch = [&](std::int64_t base) {
    return byte_chain(buffer_slice::own(encode_batch(values, offset(base), leader_epoch(2), timestamp(7))));
  };
  give({.high_watermark = offset(9), .records = batch(0)});
  CHECK(m.voter->end() == offset(2));
  CHECK(m.voter->high_watermark() == offset(2));
  CHECK(m.committed.size() == 2);
  REQUIRE(m.others.fetches.size() == 1);
  CHECK(m.others.fetches[0].what.from == offset(2));
  CHECK(m.others.fetches[0].what.last_epoch == leader_epoch(2));
  CHECK(m.others.fetches[0].what.high_watermark == offset(2));
  give({.high_watermark = offset(2), .records = batch(2)});
  give({.diverging = log::epoch_end{leader_epoch(2), offset(2)}});
  CHECK(m.voter->end() == offset(2));
  CHECK(m.failed.empty());
  SUBCASE("but not below what is committed") {
    give({.diverging = log::epoch_end{leader_epoch(2), offset(0)}});
    CHECK(m.failed.size() == 1);
  }
  SUBCASE("nor does it append what does not follow") {
    give({.records = batch(0)});
    CHECK(m.failed.empty());
    CHECK(m.voter->end() == offset(2));
    m.pass(millis(20));
    give({.records = batch(2)});
    CHECK(m.voter->end() == offset(4));
  }
}

TEST_CASE("who stands for election fetches from nobody") {
  member m;
  m.pass(millis(2001));
  auto open = std::exchange(m.others.fetches, {});
  REQUIRE(!open.empty());
  m.answer(open[0], fetch_response{.error = error_code::not_leader_or_follower});
  m.pass(millis(20));
  CHECK(m.plays<prospective>());
  CHECK(m.others.fetches.empty());
}
