#include "broker/raft/roles.hpp"

#include <doctest/doctest.h>

#include "broker/raft/checkpoint.hpp"
#include "broker/raft/control_records.hpp"
#include "broker/raft/election_state.hpp"

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
      {"who resigned led", resigns, node_id(2), none, own, false, false},
      {"who resigned", resigns, node_id(2), none, own, true, true},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    const vote_request asked{leader_epoch(5), three_, {}, r.theirs, r.pre_vote};
    CHECK(grants({r.of, r.voted, r.leader, own}, asked) == r.granted);
  }
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

TEST_CASE("a leader that does not vote hears of a majority without itself") {
  const auto second = [](int n) { return time_point(std::chrono::seconds(n)); };
  leader leading(voters({replica(2, 2), replica(3, 3)}), replica(1, 1), offset(0), second(1));
  leading.acknowledge(replica(2, 2), offset(1), second(5));
  CHECK(leading.majority_heard_at() == second(1));
  leading.acknowledge(replica(3, 3), offset(1), second(4));
  CHECK(leading.majority_heard_at() == second(4));
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
