#include "broker/raft/roles.hpp"

#include <doctest/doctest.h>

#include "broker/raft/checkpoint.hpp"
#include "broker/raft/election_state.hpp"

using namespace klamm;
using namespace klamm::broker::raft;

namespace {

const std::vector<node_id> three{node_id(1), node_id(2), node_id(3)};

}  // namespace

TEST_CASE("a candidate is elected by more than half of the voters, each counted once") {
  candidate standing(three);
  standing.grant(node_id(1));
  standing.grant(node_id(1));
  standing.grant(node_id(9));  // no voter
  CHECK_FALSE(standing.elected());
  standing.grant(node_id(3));
  CHECK(standing.elected());
}

TEST_CASE("the offset of the majority is the one that more than half have reached") {
  CHECK(majority_end({offset(4)}) == offset(4));
  CHECK(majority_end({offset(9), offset(4), offset(7)}) == offset(7));
  CHECK(majority_end({offset(9), offset(4)}) == offset(4));
}

TEST_CASE("a leader commits nothing of earlier epochs before a record of its own") {
  leader leading(three, offset(10));
  leading.acknowledge(node_id(1), offset(11));
  leading.acknowledge(node_id(2), offset(10));
  CHECK_FALSE(leading.high_watermark());
  leading.acknowledge(node_id(2), offset(11));
  CHECK(leading.high_watermark() == offset(11));
  leading.acknowledge(node_id(2), offset(3));  // acknowledgements do not go back
  CHECK(leading.high_watermark() == offset(11));
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
  const std::vector<voter> voters{{node_id(1), {}, "CONTROLLER", "localhost", 9093}};
  const std::vector<record_value> records{{std::byte{1}}, {std::byte{2}, std::byte{3}}};
  const auto file = encode_checkpoint({offset(5), leader_epoch(2)}, {voters, records, timestamp(7)});
  std::vector<record_value> seen;
  record_visitor visit = [&](bytes_view value, offset, leader_epoch epoch) {
    seen.emplace_back(value.begin(), value.end());
    CHECK(epoch == leader_epoch(2));
  };
  CHECK(visit_checkpoint(buffer_slice::own(file.flatten()), visit));
  CHECK(seen == records);
  byte_chain cut;
  for (const auto& slice : file.slices().first(file.slices().size() - 2)) cut.append(slice);
  CHECK_FALSE(visit_checkpoint(buffer_slice::own(cut.flatten()), visit));
}
