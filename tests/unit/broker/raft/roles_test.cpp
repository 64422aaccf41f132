#include "broker/raft/roles.hpp"

#include <doctest/doctest.h>

#include "broker/raft/checkpoint.hpp"
#include "broker/raft/control_records.hpp"
#include "broker/raft/election_state.hpp"
#include "wire/batch_reader.hpp"

using namespace klamm;
using namespace klamm::broker::raft;

namespace {

const std::vector<node_id> three{node_id(1), node_id(2), node_id(3)};

/// The last byte of a directory's id is its number.
replica_key replica(int id, int directory = 0) {
  uuid in;
  in.bytes.back() = static_cast<std::uint8_t>(directory);
  return {node_id(id), in};
}
std::vector<voter> voters(std::initializer_list<replica_key> keys) {
  std::vector<voter> all;
  for (const auto& key : keys) all.push_back({key.id, key.directory, "CONTROLLER", "localhost", 9093});
  return all;
}
const auto configured = voters({replica(1), replica(2), replica(3)});

}  // namespace

TEST_CASE("a ballot is won by more than half of the voters, each counted once") {
  ballot votes(three);
  votes.count(node_id(1), true);
  votes.count(node_id(1), true);
  votes.count(node_id(9), true);  // no voter
  CHECK_FALSE(votes.won());
  votes.count(node_id(3), true);
  CHECK(votes.won());
}

TEST_CASE(
    "a ballot is lost when those who have not refused are no majority, and a vote that was given stays "
    "given") {
  ballot votes(three);
  votes.count(node_id(1), true);
  votes.count(node_id(2), false);
  CHECK_FALSE(votes.lost());
  votes.count(node_id(1), false);  // a late answer to an earlier request
  CHECK_FALSE(votes.lost());
  votes.count(node_id(3), false);
  CHECK(votes.lost());
}

TEST_CASE("who gives its vote to whom") {
  const auto now = time_point(std::chrono::hours(1));
  const role nobody = unattached{now}, follows = follower{node_id(1), now, false},
             fetched = follower{node_id(1), now, true}, asks = prospective{ballot(three), now},
             stands = candidate{ballot(three), now}, leads = leader(configured, replica(2), offset(0), now),
             resigns = resigned{now};
  const log_position own{leader_epoch(3), offset(10)}, behind{leader_epoch(3), offset(9)},
      newer{leader_epoch(4), offset(1)};
  const auto none = node_id(), one = node_id(1), three_ = node_id(3);
  struct row {
    const char* what;
    const role& of;
    node_id voted, leader;
    log_position theirs;
    bool pre_vote, granted;
  };
  const row rows[] = {
      {"an equal log is enough", nobody, none, none, own, false, true},
      {"a later epoch outweighs more records", nobody, none, none, newer, false, true},
      {"a shorter log is refused", nobody, none, none, behind, false, false},
      {"the same candidate asks again", nobody, three_, none, own, false, true},
      {"another had the vote", nobody, one, none, own, false, false},
      {"the epoch has a leader", nobody, none, one, own, false, false},
      {"one vote an epoch does not bind a pre-vote", nobody, one, none, own, true, true},
      {"who asks others may vote", asks, none, none, own, false, true},
      {"a follower has its leader", follows, none, one, own, false, false},
      {"a follower that never reached its leader", follows, none, one, own, true, true},
      {"a follower that fetches (KIP-996)", fetched, none, one, own, true, false},
      {"a candidate voted for itself", stands, node_id(2), none, own, false, false},
      {"a candidate may lose", stands, node_id(2), none, own, true, true},
      {"a leader", leads, node_id(2), node_id(2), newer, true, false},
      {"who stands, whomever it voted for", stands, three_, none, own, false, false},
      {"who resigned led", resigns, node_id(2), none, own, false, false},
      {"who resigned", resigns, node_id(2), none, own, true, true},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    const vote_request asked{leader_epoch(5), three_, {}, r.theirs, r.pre_vote};
    CHECK(grants({r.of, {r.voted, {}}, r.leader, own}, asked) == r.granted);
  }
}

TEST_CASE("the vote of an epoch is a replica's: another directory under its number has none (KIP-853)") {
  const role nobody = unattached{};
  const auto votes_for = [&](const replica_key& asks, const replica_key& voted) {
    const log_position own{leader_epoch(3), offset(10)};
    return grants({nobody, voted, node_id(), own}, {leader_epoch(5), asks.id, asks.directory, own, false});
  };
  CHECK(votes_for(replica(2, 1), replica(2, 1)));
  CHECK_FALSE(votes_for(replica(2, 2), replica(2, 1)));
  CHECK_FALSE(votes_for(replica(2), replica(2, 1)));
  CHECK(votes_for(replica(2, 2), replica(2)));  // as a node of kraft.version 0 wrote it down
}

TEST_CASE("the offset of the majority is the one that more than half have reached") {
  CHECK(majority_end({offset(4)}) == offset(4));
  CHECK(majority_end({offset(9), offset(4), offset(7)}) == offset(7));
  CHECK(majority_end({offset(9), offset(4)}) == offset(4));
}

TEST_CASE("a leader commits nothing of earlier epochs before a record of its own") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(configured, replica(1), offset(10), now);
  leading.acknowledge(replica(1), offset(11), now);
  leading.acknowledge(replica(2), offset(10), now);
  CHECK_FALSE(leading.high_watermark());
  leading.acknowledge(replica(2), offset(11), now);
  CHECK(leading.high_watermark() == offset(11));
  leading.acknowledge(replica(2), offset(3), now);  // acknowledgements do not go back
  CHECK(leading.high_watermark() == offset(11));
}

TEST_CASE("a leader knows when a majority was last heard of, whom it has not met, and who comes after it") {
  const auto second = [](int n) { return time_point(std::chrono::seconds(n)); };
  const auto five = voters({replica(1), replica(2), replica(3), replica(4), replica(5)});
  leader leading(five, replica(1), offset(0), second(10));
  CHECK(leading.majority_heard_at() == second(10));
  CHECK(leading.strangers().size() == 4);
  leading.acknowledge(replica(4), offset(7), second(12));
  CHECK(leading.majority_heard_at() == second(10));
  leading.acknowledge(replica(3), offset(9), second(11));
  CHECK(leading.majority_heard_at() == second(11));
  CHECK(leading.strangers() == std::vector{replica(2), replica(5)});
  CHECK(leading.successors() == std::vector{replica(3), replica(4), replica(2), replica(5)});
  CHECK(leader({&five.front(), 1}, replica(1), offset(0), second(1)).majority_heard_at() == never);
}

TEST_CASE("a leader counts those who vote now: another directory is another replica") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(voters({replica(1, 1), replica(2, 2)}), replica(1, 1), offset(0), now);
  leading.acknowledge(replica(1, 1), offset(9), now);
  leading.acknowledge(replica(2, 7), offset(9), now);  // it lost its disk, and observes
  CHECK_FALSE(leading.high_watermark());
  leading.acknowledge(replica(2, 2), offset(4), now);
  CHECK(leading.high_watermark() == offset(4));
  leading.acknowledge(replica(3, 3), offset(9), now);
  CHECK(leading.caught_up(replica(3, 3), now));
  CHECK_FALSE(leading.caught_up(replica(3, 4), now));
  CHECK_FALSE(leading.caught_up(replica(3, 3), now + std::chrono::hours(2)));

  leading.set_voters(voters({replica(1, 1), replica(2, 2), replica(3, 3)}), now);
  CHECK(leading.high_watermark() == offset(9));  // what the observer had counts from now on
  leading.set_voters(voters({replica(2, 2), replica(3, 3)}), now);
  CHECK(leading.high_watermark() == offset(4));  // and what the leader has, no more
  CHECK(leading.members(now).size() == 3);       // the voters, and the old disk's replica
}

TEST_CASE("configured voters that come to be in the log stay who they are (kraft.version 1)") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(configured, replica(1, 1), offset(0), now);
  leading.acknowledge(replica(1, 1), offset(9), now);
  leading.acknowledge(replica(2, 2), offset(7), now);
  leading.set_voters(voters({replica(1, 1), replica(2, 2), replica(3, 3)}), now);
  CHECK(leading.high_watermark() == offset(7));
  CHECK(leading.strangers() == std::vector{replica(3, 3)});
  const auto members = leading.members(now);
  REQUIRE(members.size() == 3);
  for (const auto& member : members) CHECK(member.votes);
  CHECK(members[1].key == replica(2, 2));
  CHECK(members[1].end == offset(7));
  CHECK(members[2].end == offset(-1));  // it has not fetched from this leader
  CHECK(members[2].heard_at == time_point::min());
}

TEST_CASE("a configured voter that has fetched for another directory than the log's observes from then on") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(configured, replica(1, 1), offset(0), now);
  leading.acknowledge(replica(2, 7), offset(9), now);
  leading.set_voters(voters({replica(1, 1), replica(2, 2), replica(3, 3)}), now);
  const auto members = leading.members(now);
  REQUIRE(members.size() == 4);
  CHECK(members[1].end == offset(-1));
  CHECK(members[3].key == replica(2, 7));
  CHECK_FALSE(members[3].votes);
}

TEST_CASE("a leader that does not vote hears of a majority without itself") {
  const auto second = [](int n) { return time_point(std::chrono::seconds(n)); };
  leader leading(voters({replica(2, 2), replica(3, 3)}), replica(1, 1), offset(0), second(1));
  leading.acknowledge(replica(2, 2), offset(1), second(5));
  CHECK(leading.majority_heard_at() == second(1));
  leading.acknowledge(replica(3, 3), offset(1), second(4));
  CHECK(leading.majority_heard_at() == second(4));
}

TEST_CASE("a leader that was heard of later than the others does not make them be heard of later") {
  const auto second = [](int n) { return time_point(std::chrono::seconds(n)); };
  leader leading(configured, replica(1), offset(0), second(1));
  leading.acknowledge(replica(2), offset(1), second(5));
  leading.acknowledge(replica(3), offset(1), second(4));
  leading.acknowledge(replica(1), offset(1), second(9));
  CHECK(leading.majority_heard_at() == second(5));
}

TEST_CASE("a leader that votes no more is no observer of itself, however it learns of it") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(voters({replica(1, 1), replica(2, 2)}), replica(1, 1), offset(0), now);
  leading.acknowledge(replica(1, 1), offset(9), now);
  leading.set_voters(voters({replica(2, 2)}), now);
  CHECK(leading.members(now).size() == 1);
  leading.acknowledge(replica(1, 1), offset(10), now);
  CHECK(leading.members(now).size() == 1);
  // What it has is still what others have to catch up with.
  leading.acknowledge(replica(3, 3), offset(9), now);
  CHECK_FALSE(leading.caught_up(replica(3, 3), now));
}

TEST_CASE("an observer that is further than the leader's disk does not make the leader's log longer") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(configured, replica(1), offset(0), now);
  leading.acknowledge(replica(1), offset(5), now);
  leading.acknowledge(replica(4, 4), offset(9), now);
  leading.acknowledge(replica(5, 5), offset(5), now);
  CHECK(leading.caught_up(replica(5, 5), now));
}

TEST_CASE("before the leader has synced nobody has had everything who lacks the record of its epoch") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(configured, replica(1), offset(500), now);
  leading.acknowledge(replica(4, 4), offset(500), now);
  leading.acknowledge(replica(1), offset(501), now);
  CHECK_FALSE(leading.caught_up(replica(4, 4), now));
}

TEST_CASE("a leader knows a thousand observers: another one takes the place of who was silent for longest") {
  const auto second = [](std::size_t n) { return time_point(std::chrono::seconds(n)); };
  const auto many = leader::most_observers;
  leader leading(configured, replica(1), offset(0), second(1));
  for (std::size_t n = 0; n < many; ++n)
    leading.acknowledge({node_id(static_cast<std::int32_t>(100 + n)), {}}, offset(1), second(1 + n));
  leading.acknowledge(replica(100), offset(1), second(many));  // again
  const auto knows = [&](int id) { return leading.caught_up(replica(id), second(many)); };
  CHECK(knows(101));
  leading.acknowledge(replica(99), offset(1), second(many));
  CHECK(leading.members(second(1)).size() == configured.size() + many);
  CHECK(knows(99));
  CHECK(knows(100));
  CHECK_FALSE(knows(101));
}

TEST_CASE("an observer may vote once it had everything, and for an hour from when it was last heard of") {
  const auto now = time_point(std::chrono::hours(1));
  leader leading(configured, replica(1), offset(0), now);
  leading.acknowledge(replica(1), offset(5), now);
  leading.acknowledge(replica(4, 4), offset(4), now);
  CHECK_FALSE(leading.caught_up(replica(4, 4), now));  // it never had everything
  CHECK_FALSE(leading.caught_up(replica(5, 5), now));  // it never came
  leading.acknowledge(replica(4, 4), offset(5), now);
  CHECK(leading.caught_up(replica(4, 4), now + std::chrono::hours(1) - std::chrono::nanoseconds(1)));
  CHECK_FALSE(leading.caught_up(replica(4, 4), now + std::chrono::hours(1)));
}

TEST_CASE(
    "a configured voter has the directory that it fetched for; one by the log its own, whoever else says its "
    "number") {
  const auto now = time_point(std::chrono::hours(1));
  leader by_configuration(configured, replica(1), offset(0), now);
  CHECK(by_configuration.members(now)[1].key == replica(2));
  by_configuration.acknowledge(replica(2, 7), offset(1), now);
  CHECK(by_configuration.members(now)[1].key == replica(2, 7));

  leader by_log(voters({replica(1, 1), replica(2, 2)}), replica(1, 1), offset(0), now);
  CHECK(by_log.members(now)[1].key == replica(2, 2));
  by_log.acknowledge(replica(2, 2), offset(4), now);
  // Replaced by another disk of the same number: what the old one had is not the new one's.
  by_log.set_voters(voters({replica(1, 1), replica(2, 9)}), now);
  const auto members = by_log.members(now);
  REQUIRE(members.size() == 3);
  CHECK(members[1].key == replica(2, 9));
  CHECK(members[1].end == offset(-1));
  CHECK(members[2].key == replica(2, 2));
  CHECK(members[2].end == offset(4));
}

TEST_CASE("quorum-state is written as Kafka writes it and read back") {
  const election_state state{leader_epoch(7), node_id(1), node_id(-1), {}};
  CHECK(to_json(state).find("\"leaderEpoch\":7") != std::string::npos);
  CHECK(to_json(state).find("\"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\"") != std::string::npos);
  const auto read = parse_election_state(to_json(state));
  REQUIRE(read);
  CHECK(*read == state);
}

TEST_CASE("a damaged quorum-state is an error, not a fresh start") {
  for (const auto* const text :
       {"", "[]", "{\"leaderId\":1", "{\"leaderId\":\"1\",\"leaderEpoch\":1,\"votedId\":-1}"})
    CHECK_FALSE(parse_election_state(text));
}

TEST_CASE("a checkpoint is named by its end offset and epoch") {
  const snapshot_id id{offset(123), leader_epoch(4)};
  CHECK(checkpoint_name(id) == "00000000000000000123-0000000004.checkpoint");
  CHECK(parse_checkpoint_name(checkpoint_name(id)) == id);
  CHECK_FALSE(parse_checkpoint_name("00000000000000000123-0000000004.checkpoint.part"));
  CHECK_FALSE(parse_checkpoint_name("0000000000000000012x-0000000004.checkpoint"));
}

TEST_CASE("a checkpoint gives back its records, and is refused when its footer is missing") {
  const auto voters = ::voters({replica(1, 5)});
  const std::vector<record_value> records{{std::byte{1}}, {std::byte{2}, std::byte{3}}};
  const auto file = encode_checkpoint({offset(5), leader_epoch(2)}, {{1, voters}, records, timestamp(7)});
  std::vector<record_value> seen;
  record_visitor visit = [&](bytes_view value, offset, leader_epoch epoch) {
    seen.emplace_back(value.begin(), value.end());
    CHECK(epoch == leader_epoch(2));
  };
  CHECK(visit_checkpoint(buffer_slice::own(file.flatten()), visit));
  CHECK(seen == records);
  voter_history said({});
  REQUIRE(read_voting(buffer_slice::own(file.flatten()), offset(4), said));
  CHECK(said.version() == 1);
  CHECK(said.voters_at() == offset(4));
  REQUIRE(said.voters().size() == 1);
  CHECK(said.voters().front() == voters.front());
  byte_chain cut;
  for (const auto& slice : file.slices().first(file.slices().size() - 2)) cut.append(slice);
  CHECK_FALSE(visit_checkpoint(buffer_slice::own(cut.flatten()), visit));
}

TEST_CASE("a leader knows how far its voters and its observers are, and when each had everything") {
  const auto second = [](int n) { return time_point(std::chrono::seconds(n)); };
  leader leading(configured, replica(1), offset(0), second(10));
  leading.acknowledge(replica(1), offset(5), second(11));
  leading.acknowledge(replica(2), offset(5), second(12));
  leading.acknowledge(replica(3), offset(4), second(13));
  leading.acknowledge(replica(0), offset(5), second(14));   // an observer
  leading.acknowledge(replica(-1), offset(9), second(14));  // a reader
  const auto all = leading.members(second(20));
  REQUIRE(all.size() == 4);
  CHECK(all[0].caught_up_at == second(20));
  CHECK(all[1].caught_up_at == second(12));
  CHECK(all[2].caught_up_at == time_point::min());
  CHECK(all[2].end == offset(4));
  CHECK(all[2].heard_at == second(13));
  CHECK(all[2].votes);
  CHECK(all[3].key.id == node_id(0));
  CHECK_FALSE(all[3].votes);
  CHECK(all[3].caught_up_at == second(14));
  leading.acknowledge(replica(1), offset(6), second(15));
  leading.acknowledge(replica(2), offset(5), second(16));
  CHECK(leading.members(second(20))[1].caught_up_at == second(12));
  CHECK(leading.members(second(14 + 300)).size() == 4);
  CHECK(leading.members(second(14 + 301)).size() == 3);
}

TEST_CASE("node 0 is a leader and a voter as any other") {
  const role nobody = unattached{};
  const log_position own{leader_epoch(3), offset(10)};
  const vote_request asked{leader_epoch(5), node_id(1), {}, own, false};
  CHECK_FALSE(grants({nobody, {}, node_id(0), own}, asked));
  CHECK_FALSE(grants({nobody, {node_id(0), {}}, node_id(), own}, asked));
}

TEST_CASE("each field of a quorum-state has to be there, and to be what it is") {
  constexpr auto whole = R"({"leaderId":1,"leaderEpoch":7,"votedId":2,"data_version":0})";
  const auto read = parse_election_state(whole);  // before version 1 there were no directories
  REQUIRE(read);
  CHECK(read->leader == node_id(1));
  CHECK(read->epoch == leader_epoch(7));
  CHECK(read->voted == node_id(2));
  for (const auto* const text : {R"({"leaderEpoch":7,"votedId":2})", R"({"leaderId":1,"votedId":2})",
                                 R"({"leaderId":1,"leaderEpoch":7})",
                                 R"({"leaderId":1,"leaderEpoch":7,"votedId":2,"votedDirectoryId":3})",
                                 R"({"leaderId":1,"leaderEpoch":7,"votedId":2,"votedDirectoryId":"no"})"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_election_state(text));
  }
  election_state voted{leader_epoch(7), node_id(1), node_id(2), uuid{{1, 2, 3}}};
  CHECK(*parse_election_state(to_json(voted)) == voted);
}

TEST_CASE("what only looks like a checkpoint's name is none") {
  for (const auto* const name :
       {"00000000000000000123-0000000004.checkpoinx", "00000000000000000123+0000000004.checkpoint",
        "00000000000000000123-000000000x.checkpoint", "-0000000000000000123-0000000004.checkpoint",
        "00000000000000000123-9999999999.checkpoint", "00000000000000000123-000000004.checkpoint",
        "00000000000000000123-00000000004.checkpoint"})
    CHECK_FALSE(parse_checkpoint_name(name));
}

namespace {

struct visited {
  std::size_t batches = 0;
  std::vector<std::size_t> sizes;
  bool whole = false;
};

visited visit_all(const byte_chain& file) {
  visited seen;
  for (wire::batch_reader reader(buffer_slice::own(file.flatten()));;) {
    wire::batch_view batch;
    if (reader.next(batch) != wire::batch_reader::step::batch) break;
    ++seen.batches;
  }
  record_visitor visit = [&](bytes_view value, offset, leader_epoch) { seen.sizes.push_back(value.size()); };
  seen.whole = visit_checkpoint(buffer_slice::own(file.flatten()), visit).has_value();
  return seen;
}

}  // namespace

TEST_CASE("a checkpoint's batches have 512 KiB, or one record that is larger") {
  constexpr std::size_t kib = 1024;
  const std::vector<record_value> records{record_value(256 * kib), record_value(256 * kib),
                                          record_value(600 * kib), record_value(2)};
  const auto seen = visit_all(encode_checkpoint({offset(5), leader_epoch(2)}, {{}, records, timestamp(7)}));
  CHECK(seen.whole);
  CHECK(seen.sizes == std::vector<std::size_t>{256 * kib, 256 * kib, 600 * kib, 2});
  CHECK(seen.batches == 2 + 3);  // header and footer; the first two, the large one, the last
}

TEST_CASE("a checkpoint says who votes, where the log is to say it (KIP-853)") {
  const std::vector<voter> voters{{node_id(1), {}, "CONTROLLER", "localhost", 9093}};
  CHECK(visit_all(encode_checkpoint({}, {{}, {}, timestamp(7)})).batches == 2);
  CHECK(visit_all(encode_checkpoint({}, {{own_kraft_versions.max, voters}, {}, timestamp(7)})).batches == 3);
}

TEST_CASE("damage anywhere in a checkpoint or in a batch of the log is found") {
  const std::vector<record_value> records{{std::byte{1}}, {std::byte{2}}};
  const auto file = encode_checkpoint({offset(5), leader_epoch(2)}, {{}, records, timestamp(7)});
  record_visitor nothing = [](bytes_view, offset, leader_epoch) {};
  byte_chain headless;
  for (const auto& slice : file.slices().subspan(2)) headless.append(slice);
  CHECK_FALSE(visit_checkpoint(buffer_slice::own(file.flatten()).part(0, 30), nothing));
  CHECK_FALSE(visit_checkpoint(buffer_slice::own(headless.flatten()), nothing));
  auto batch = encode_batch(records, offset(3), leader_epoch(2), timestamp(7));
  const auto epoch_in = [&] { return visit_records(byte_chain(buffer_slice::copy(batch)), nothing); };
  CHECK(*epoch_in() == leader_epoch(2));
  batch.back() ^= std::byte{1};
  CHECK(epoch_in().code() == error_code::corrupt_message);
}
