// The quorum's messages in the protocol's forms: what is said arrives, in the versions that Kafka 4 speaks.
#include "broker/raft/wire_forms.hpp"

#include <doctest/doctest.h>

#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace klamm::broker::raft {
namespace {

const identity self{"cluster", {node_id(2), {}, "CONTROLLER", "two", 9093}};

uuid directory(int number) {
  uuid id;
  id.bytes.back() = static_cast<std::uint8_t>(number);
  return id;
}

/// A message as the other end decodes it. The frame lives as long as the test.
template <class Message>
struct sent {
  sent(const Message& message, api_version version) {
    wire::writer to;
    encode(to, message, version);
    REQUIRE(to.ok());
    frame = buffer_slice::own(to.finish().flatten());
    wire::reader from(frame);
    decode(from, came, version);
    REQUIRE(from.ok());
  }
  buffer_slice frame;
  Message came;
};
template <class Message>
sent(Message, api_version) -> sent<Message>;

TEST_CASE("a vote and its answer arrive as they were said") {
  const vote_request asked{leader_epoch(5),           node_id(1), {}, {leader_epoch(4), offset(70)}, true,
                           {node_id(2), directory(2)}};
  const sent request(to_wire(asked, self, node_id(2)), 2);
  const auto heard = from_wire(request.came, self);
  REQUIRE(heard);
  CHECK(heard->epoch == asked.epoch);
  CHECK(heard->candidate == asked.candidate);
  CHECK(heard->log == asked.log);
  CHECK(heard->pre_vote);
  CHECK(heard->voter == asked.voter);

  const known_leader three{leader_epoch(5), node_id(3), {"three", 9093}};
  wire::vote_response answer;
  const vote_response granted{error_code::none, three, true};
  to_wire(granted, answer);
  const sent response(answer, 2);
  const auto said = from_wire(response.came);
  REQUIRE(said);
  CHECK(said->granted);
  CHECK(said->leader == three);
}

TEST_CASE("a fetch says where the log ends and what is known of the high watermark") {
  const fetch_request asked{.epoch = leader_epoch(3),
                            .replica = {node_id(2), directory(2)},
                            .from = offset(20),
                            .last_epoch = leader_epoch(2),
                            .high_watermark = offset(18),
                            .max_wait = millis(500)};
  for (const api_version version : {17, 18}) {
    const sent request(to_wire(asked, self, node_id(1)), version);
    const auto heard = from_wire(request.came, self);
    REQUIRE(heard);
    CHECK(heard->replica == asked.replica);
    CHECK(heard->from == offset(20));
    CHECK(heard->last_epoch == leader_epoch(2));
    CHECK(heard->max_wait == millis(500));
    // Before version 18 a follower does not say it (KIP-1166), and is told of a commit with the next records.
    CHECK(heard->high_watermark == (version < 18 ? offset(-1) : offset(18)));
  }
}

TEST_CASE("an answer to a fetch carries records, or where the logs part, or a snapshot") {
  const auto through = [](fetch_response said) {
    wire::fetch_response answer;
    to_wire(std::move(said), answer);
    const sent response(answer, 18);
    auto heard = from_wire(response.came);
    REQUIRE(heard);
    return std::pair(response.frame, *std::move(heard));
  };
  const auto bytes = buffer_slice::copy(as_bytes_view("records"));
  const auto [frame, records] = through(
      {.leader = {leader_epoch(3), node_id(1)}, .high_watermark = offset(9), .records = byte_chain(bytes)});
  CHECK(as_text(records.records.flatten()) == "records");
  CHECK(records.high_watermark == offset(9));
  CHECK(records.leader == known_leader{leader_epoch(3), node_id(1)});
  CHECK(!records.diverging);
  CHECK(!records.snapshot);
  CHECK(through({.diverging = log::epoch_end{leader_epoch(2), offset(7)}}).second.diverging ==
        log::epoch_end{leader_epoch(2), offset(7)});
  CHECK(through({.snapshot = snapshot_id{offset(100), leader_epoch(2)}}).second.snapshot ==
        snapshot_id{offset(100), leader_epoch(2)});
}

TEST_CASE("a leader's end names its successors in either version") {
  const end_epoch_request told{{leader_epoch(4), node_id(2), {"two", 9093}},
                               {{node_id(3), directory(3)}, {node_id(1), directory(1)}}};
  for (const api_version version : {0, 1}) {
    const sent request(to_wire(told, self, node_id(1)), version);
    const auto heard = from_wire(request.came, self);
    REQUIRE(heard);
    REQUIRE(heard->successors.size() == 2);
    CHECK(heard->successors.front() == (version == 0 ? replica_key{node_id(3)} : told.successors.front()));
    CHECK(heard->leader.node == told.leader.node);
    CHECK(heard->leader.at.host == (version == 0 ? "" : "two"));
  }
}

TEST_CASE("another cluster and another partition are refused, each by its code") {
  auto request = to_wire(begin_epoch_request{{leader_epoch(1), node_id(1)}}, self, node_id(2));
  REQUIRE(from_wire(request, self));
  request.cluster_id = "another";
  CHECK(from_wire(request, self).code() == error_code::inconsistent_cluster_id);
  request.cluster_id = std::nullopt;  // who does not know it may ask
  CHECK(from_wire(request, self));
  request.topics.front().partitions.front().partition_index = partition_id(1);
  CHECK(from_wire(request, self).code() == error_code::invalid_request);
  request.topics.clear();
  CHECK(from_wire(request, self).code() == error_code::invalid_request);
}

TEST_CASE("a change of the voters arrives as it was said, the controllers' listener first") {
  voter added{node_id(4), directory(4), "CONTROLLER", "four", 9093};
  added.others = {{"INTERNAL", "inside", 9094}};
  sent request(to_wire(add_voter_request{added, false}, self, node_id(2)), 1);
  std::swap(request.came.listeners[0], request.came.listeners[1]);
  const auto heard = from_wire(request.came, self);
  REQUIRE(heard);
  CHECK(heard->added == added);
  CHECK_FALSE(heard->ack_when_committed);

  const sent update(to_wire(update_voter_request{leader_epoch(3), added}, self, node_id(2)), 0);
  const auto updated = from_wire(update.came, self);
  REQUIRE(updated);
  CHECK(updated->epoch == leader_epoch(3));
  CHECK(updated->updated == added);

  const sent removal(to_wire(remove_voter_request{added.key()}, self, node_id(2)), 0);
  const auto removed = from_wire(removal.came, self);
  REQUIRE(removed);
  CHECK(removed->removed == added.key());
}

TEST_CASE("a change of another cluster's voters is refused, and a voter that no controller can reach") {
  const voter unreachable{node_id(4), directory(4), "OTHER", "four", 9093};
  const auto refused = [](auto request) {
    auto code = from_wire(request, self).code();
    CHECK(code == error_code::invalid_request);
    request.cluster_id = "another";
    CHECK(from_wire(request, self).code() == error_code::inconsistent_cluster_id);
    request.cluster_id = std::nullopt;  // who does not know it may ask
    CHECK(from_wire(request, self).code() == code);
  };
  refused(to_wire(add_voter_request{unreachable}, self, node_id(2)));
  refused(to_wire(update_voter_request{leader_epoch(3), unreachable}, self, node_id(2)));
  auto removal = to_wire(remove_voter_request{{node_id(4), directory(4)}}, self, node_id(2));
  removal.cluster_id = "another";
  CHECK(from_wire(removal, self).code() == error_code::inconsistent_cluster_id);
  removal.cluster_id = std::nullopt;
  CHECK(from_wire(removal, self));
}

TEST_CASE("a controller whose listener has no name takes no voter without a named one") {
  const identity nameless{"cluster", {node_id(2), {}, "", "two", 9093}};
  const add_voter_request nowhere{{node_id(4), directory(4), "", "", 0}};
  CHECK(from_wire(to_wire(nowhere, nameless, node_id(2)), nameless).code() == error_code::invalid_request);
}

TEST_CASE("an answer to a change of the voters says why not, or nothing") {
  wire::add_raft_voter_response answer;
  to_wire(change_response{error_code::duplicate_voter, "it votes"}, answer);
  CHECK(answer.error_message == "it votes");
  CHECK(from_wire(answer)->error == error_code::duplicate_voter);
  CHECK(from_wire(answer)->message == "it votes");
  to_wire(change_response{}, answer);
  CHECK_FALSE(answer.error_message);
  CHECK(from_wire(answer)->message.empty());
}

TEST_CASE("what a voter can do is said among its other features") {
  wire::api_versions_response answer;
  CHECK_FALSE(from_wire(answer)->kraft);
  const auto add = [&](std::string_view name, int least, int most) {
    auto& feature = answer.supported_features.emplace_back();
    feature.name = name;
    feature.min_version = static_cast<std::int16_t>(least);
    feature.max_version = static_cast<std::int16_t>(most);
  };
  add("group.version", 0, 9);
  CHECK_FALSE(from_wire(answer)->kraft);
  add("kraft.version", 0, 1);
  add("metadata.version", 7, 30);
  CHECK(from_wire(answer)->kraft == version_range{0, 1});
}

TEST_CASE(
    "an answer says where the leader is, where it is known, and that of other nodes is not taken for it") {
  wire::vote_response answer;
  to_wire(vote_response{error_code::none, {leader_epoch(5), node_id(3)}, true}, answer);
  CHECK(answer.node_endpoints.empty());
  auto& other = answer.node_endpoints.emplace_back();
  other.node_id = node_id(2);
  other.host = "two";
  other.port = 9093;
  CHECK(from_wire(answer)->leader == known_leader{leader_epoch(5), node_id(3)});
}

TEST_CASE("a leader's beginning and end are answered with what is known of the leader") {
  const epoch_response said{error_code::fenced_leader_epoch, {leader_epoch(6), node_id(0)}};
  const auto through = [&](auto answer) {
    to_wire(said, answer);
    const sent response(answer, 1);
    const auto heard = from_wire(response.came);
    REQUIRE(heard);
    CHECK(heard->error == said.error);
    CHECK(heard->leader == said.leader);
    answer.topics.clear();
    CHECK(from_wire(answer).code() == error_code::malformed_response);
  };
  through(wire::begin_quorum_epoch_response());
  through(wire::end_quorum_epoch_response());
}

TEST_CASE("a part of a snapshot is asked for by its place, and answered with the size of the whole") {
  const snapshot_request asked{leader_epoch(3), {node_id(1)}, {offset(70), leader_epoch(2)}, 5};
  const auto request = to_wire(asked, self, node_id(2));
  const auto heard = from_wire(request, self);
  REQUIRE(heard);
  CHECK(heard->id == asked.id);
  CHECK(heard->position == 5);
  CHECK(from_wire(to_wire(snapshot_request{leader_epoch(3), {node_id(1)}, {}, 0}, self, node_id(2)), self));
  auto damaged = request;
  damaged.topics.front().partitions.front().position = -1;
  CHECK(from_wire(damaged, self).code() == error_code::position_out_of_range);
  damaged.topics.clear();
  CHECK(from_wire(damaged, self).code() == error_code::invalid_request);

  wire::fetch_snapshot_response answer;
  const auto bytes = buffer_slice::copy(as_bytes_view("part"));
  const snapshot_response part{error_code::none, {leader_epoch(3), node_id(1)}, 90, bytes};
  to_wire(part, asked, answer);
  const auto said = from_wire(answer);
  REQUIRE(said);
  CHECK(said->size == 90);
  CHECK(as_text(said->bytes.view()) == "part");
  CHECK(said->leader == known_leader{leader_epoch(3), node_id(1)});
  answer.topics.clear();
  CHECK(from_wire(answer).code() == error_code::malformed_response);
}

TEST_CASE("requests that do not name the metadata log are refused, whatever they ask") {
  const auto refused = [](auto request) {
    auto others = request;
    others.topics.front().partitions.emplace_back(others.topics.front().partitions.front());
    CHECK(from_wire(others, self).code() == error_code::invalid_request);
    request.topics.clear();
    CHECK(from_wire(request, self).code() == error_code::invalid_request);
  };
  refused(to_wire(vote_request{leader_epoch(5), node_id(1), {}, {}, true}, self, node_id(2)));
  refused(to_wire(end_epoch_request{{leader_epoch(4), node_id(2)}, {}}, self, node_id(2)));
  refused(to_wire(fetch_request{.epoch = leader_epoch(3), .replica = {node_id(2)}}, self, node_id(2)));
  auto another = to_wire(vote_request{leader_epoch(5), node_id(1), {}, {}, true}, self, node_id(2));
  another.topics.front().topic_name = "orders";
  CHECK(from_wire(another, self).code() == error_code::invalid_request);
  auto by_id = to_wire(fetch_request{.epoch = leader_epoch(3), .replica = {node_id(2)}}, self, node_id(2));
  by_id.topics.front().topic = "";
  CHECK(from_wire(by_id, self));  // since version 13 a fetch has the id only
  by_id.topics.front().topic_id = {};
  CHECK(from_wire(by_id, self).code() == error_code::invalid_request);
}

TEST_CASE("voter 0, replica 0 and offset 0 are as good as others") {
  const auto request =
      to_wire(begin_epoch_request{{leader_epoch(1), node_id(1)}, {node_id(0)}}, self, node_id(0));
  CHECK(from_wire(request, self)->voter.id == node_id(0));
  auto fetch =
      to_wire(fetch_request{.epoch = leader_epoch(3), .replica = {node_id(0)}, .high_watermark = offset(0)},
              self, node_id(2));
  CHECK(fetch.topics.front().partitions.front().high_watermark == offset(0));
  fetch.replica_id = node_id(8);
  CHECK(from_wire(fetch, self)->replica.id == node_id(0));
  fetch.replica_state.replica_id = node_id(-1);  // before version 15
  CHECK(from_wire(fetch, self)->replica.id == node_id(8));
  fetch = to_wire(fetch_request{.epoch = leader_epoch(3), .high_watermark = offset(-1)}, self, node_id(2));
  CHECK(fetch.topics.front().partitions.front().high_watermark == offset(INT64_MAX));
  CHECK(from_wire(fetch, self)->high_watermark == offset(-1));

  wire::fetch_response answer;
  to_wire({.diverging = log::epoch_end{leader_epoch(0), offset(0)}, .snapshot = snapshot_id{}}, answer);
  CHECK(from_wire(answer)->diverging);
  CHECK(from_wire(answer)->snapshot);
  answer.responses.front().partitions.front().records = std::nullopt;
  CHECK(from_wire(answer)->records.size() == 0);
  answer.responses.clear();
  CHECK(from_wire(answer).code() == error_code::malformed_response);
}

TEST_CASE("an answer that is an error as a whole, or that names nothing, is none") {
  wire::vote_response refused;
  refused.error_code = error_code::inconsistent_cluster_id;
  CHECK(from_wire(refused).code() == error_code::inconsistent_cluster_id);
  CHECK(from_wire(wire::vote_response()).code() == error_code::malformed_response);
}

}  // namespace
}  // namespace klamm::broker::raft
