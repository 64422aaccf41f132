// Messages by their names, and as JSON.
#include "wire/json/catalog.hpp"

#include <string>

#include <doctest/doctest.h>

#include "wire/reader.hpp"
#include "wire/writer.hpp"

using namespace klamm;
using namespace klamm::wire;

namespace {

std::unique_ptr<any_message> make(std::string_view name) {
  const auto* const type = find_message(name);
  REQUIRE(type);
  return type->make();
}

/// What is said of JSON that is not the message's; empty where it is taken.
std::string refusal(std::string_view name, api_version version, std::string_view text) {
  const auto taken = make(name)->set_json(json::parse(text), version);
  return taken ? std::string() : taken.failure().message;
}

}  // namespace

TEST_CASE("messages are found by name, by key, and records by their module") {
  CHECK(find_message("HeartbeatRequest") == find_message(message_kind::request, static_cast<api_key>(12)));
  CHECK(find_message("HeartbeatResponse") == find_message(message_kind::response, static_cast<api_key>(12)));
  CHECK(find_message("heartbeat_request") == nullptr);
  CHECK(find_message(message_kind::request, static_cast<api_key>(9999)) == nullptr);
  const auto* const group = find_record(message_kind::record_key, "kafka-group-coordinator", 2);
  REQUIRE(group);
  CHECK(group->name == "GroupMetadataKey");
  CHECK(find_record(message_kind::record_key, "nobody", 2) == nullptr);
}

TEST_CASE("JSON in Kafka's field names becomes the message's bytes, and these the same JSON") {
  const auto text = R"({"topics":[{"name":"orders"},{"name":"zahlungen"}],"allowAutoTopicCreation":true})";
  const auto from = make("MetadataRequest");
  REQUIRE(from->set_json(json::parse(text), 4));
  writer to;
  from->encode_to(to, 4);
  REQUIRE(to.ok());
  const auto bytes = to.finish().flatten();
  const auto again = make("MetadataRequest");
  reader in(bytes);
  again->decode_from(in, 4);
  REQUIRE(in.ok());
  CHECK(in.left() == 0);
  CHECK(again->equals(*from));
  CHECK(again->as_json(4).dump() == text);
}

TEST_CASE("what is missing has its default, and null is not the empty list") {
  const auto message = make("MetadataRequest");
  REQUIRE(message->set_json(json::parse(R"({"topics":null})"), 4));
  CHECK(message->as_json(4).dump() == R"({"topics":null,"allowAutoTopicCreation":true})");
  REQUIRE(message->set_json(json::parse("{}"), 4));
  CHECK(message->as_json(4).at("topics").is_array());
}

TEST_CASE("JSON that is not the message's is refused with the place and what is needed there") {
  constexpr auto* const heartbeat = "HeartbeatRequest";
  CHECK(refusal(heartbeat, 0, "[]") == "the message: an object is needed");
  CHECK(refusal(heartbeat, 0, R"({"groupId":1})") == "/groupId: a text is needed");
  CHECK(refusal(heartbeat, 0, R"({"generationId":"1"})") == "/generationId: a whole number is needed");
  CHECK(refusal(heartbeat, 0, R"({"generationId":3000000000})") ==
        "/generationId: a number beyond the range of the field");
  CHECK(refusal(heartbeat, 0, R"({"groupID":"g"})") == "/groupID: no such field in this version");
  CHECK(refusal(heartbeat, 0, R"({"groupInstanceId":"i"})") ==
        "/groupInstanceId: no such field in this version");
  CHECK(refusal(heartbeat, 3, R"({"groupInstanceId":"i"})").empty());
  CHECK(refusal("MetadataRequest", 4, R"({"topics":{}})") == "/topics: a list is needed");
  CHECK(refusal("MetadataRequest", 4, R"({"topics":[{"name":"a"},5]})") == "/topics/1: an object is needed");
  CHECK(refusal("MetadataRequest", 4, R"({"topics":[{"name":7}]})") == "/topics/0/name: a text is needed");
  CHECK(refusal("MetadataRequest", 10, R"({"topics":[{"topicId":"x"}]})") ==
        "/topics/0/topicId: an id of 22 characters of URL-safe Base64 is needed");
  CHECK(refusal("SaslAuthenticateRequest", 2, R"({"authBytes":"?"})") == "/authBytes: not Base64");
}

TEST_CASE("a refused document leaves nothing behind for the next") {
  const auto message = make("HeartbeatRequest");
  CHECK(!message->set_json(json::parse(R"({"groupId":"old","generationId":"x"})"), 0));
  REQUIRE(message->set_json(json::parse(R"({"memberId":"m"})"), 0));
  CHECK(message->as_json(0).at("groupId") == "");
  CHECK(message->as_json(0).at("memberId") == "m");
}
