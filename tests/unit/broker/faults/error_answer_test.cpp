// Every API that clients may ask, in every version: the answer that says an error decodes, and says it of all that was asked.
#include "broker/faults/error_answer.hpp"

#include <doctest/doctest.h>

#include "broker/api/dispatch.hpp"
#include "wire/reader.hpp"

namespace klamm::broker::faults {
namespace {

using wire::json;

constexpr auto code = error_code::not_leader_or_follower;

json answer(wire::api_key api, api_version version, const json& asked, error_code what = code) {
  const auto answered = error_answer(api, version, asked, what);
  if (!answered) return json();
  const auto message = wire::find_message(wire::message_kind::response, api)->make();
  const auto bytes = answered->flatten();
  wire::reader from{bytes_view(bytes)};
  message->decode_from(from, version);
  REQUIRE(from.ok());
  REQUIRE(from.left() == 0);
  return message->as_json(version);
}

TEST_CASE("every API that is served can fail in all versions") {
  for (const auto& served : broker::api::served_apis()) {
    const auto versions = served.accepted;
    for (auto version = versions.min; version <= versions.max; ++version) {
      CAPTURE(static_cast<int>(served.key));
      CAPTURE(version);
      const auto made = error_answer(served.key, version, json::object(), code);
      // Where nothing is asked for, some have nothing to say an error of.
      if (!made) CHECK(made.failure().code == code);
    }
  }
}

TEST_CASE("each partition of a Produce request is told, by what names it in the version") {
  const json asked{{"acks", -1},
                   {"topicData",
                    {{{"name", "a"}, {"partitionData", {{{"index", 3}}, {{"index", 5}}}}},
                     {{"name", "b"}, {"partitionData", {{{"index", 0}}}}}}}};
  const auto told = answer(wire::api_key::produce, 9, asked);
  REQUIRE(told["responses"].size() == 2);
  CHECK(told["responses"][0]["name"] == "a");
  CHECK(told["responses"][0]["partitionResponses"][1]["index"] == 5);
  CHECK(told["responses"][0]["partitionResponses"][1]["errorCode"] == 6);
  CHECK(told["responses"][1]["partitionResponses"][0]["errorCode"] == 6);
  auto silent = asked;
  silent["acks"] = 0;
  CHECK(answer(wire::api_key::produce, 9, silent).is_null());
}

TEST_CASE("of a Fetch its partitions are told, and the whole only of its session") {
  const json asked{{"sessionId", 9},
                   {"topics", {{{"topic", "a"}, {"partitions", {{{"partition", 7}, {"fetchOffset", 1}}}}}}},
                   {"forgottenTopicsData", json::array()}};
  const auto told = answer(wire::api_key::fetch, 12, asked);
  CHECK(told["errorCode"] == 0);
  CHECK(told["sessionId"] == 0);
  CHECK(told["responses"][0]["topic"] == "a");
  CHECK(told["responses"][0]["partitions"][0]["partitionIndex"] == 7);
  CHECK(told["responses"][0]["partitions"][0]["errorCode"] == 6);
  CHECK(answer(wire::api_key::fetch, 12, asked, error_code::invalid_fetch_session_epoch)["errorCode"] == 71);
}

TEST_CASE("items that are but a name or a number are told, too") {
  const auto coordinators =
      answer(wire::api_key::find_coordinator, 4, {{"keyType", 0}, {"coordinatorKeys", {"g", "h"}}});
  CHECK(coordinators["coordinators"][1]["key"] == "h");
  CHECK(coordinators["coordinators"][1]["errorCode"] == 6);
  const auto groups = answer(wire::api_key::describe_groups, 5, {{"groups", {"g"}}});
  CHECK(groups["groups"][0]["groupId"] == "g");
  const auto offsets =
      answer(wire::api_key::offset_fetch, 8,
             {{"groups", {{{"groupId", "g"}, {"topics", {{{"name", "t"}, {"partitionIndexes", {4}}}}}}}}});
  CHECK(offsets["groups"][0]["errorCode"] == 6);
  CHECK(offsets["groups"][0]["topics"][0]["partitions"][0]["partitionIndex"] == 4);
}

TEST_CASE("an answer without lists says it once") {
  CHECK(answer(wire::api_key::heartbeat, 4, {{"groupId", "g"}})["errorCode"] == 6);
  CHECK(answer(wire::api_key::join_group, 9, {{"memberId", "m"}})["memberId"] == "m");
}

}  // namespace
}  // namespace klamm::broker::faults
