#include "cli/record_json.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::cli;

TEST_CASE("null, empty and bytes are told apart") {
  const auto record = parse_json_record(
      R"({"key":"","value_b64":"/wA=","headers":[["a",null],["a",""],["b",null,"/w=="]],"timestamp":5})");
  CHECK(record.key == "");
  CHECK(record.value == std::string("\xff\0", 2));
  CHECK(record.timestamp == Timestamp(Millis(5)));
  std::vector<std::pair<std::string, BytesView>> headers;
  const HeadersView view = record.headers;
  for (const auto header : view) headers.emplace_back(header.key, header.value);
  REQUIRE(headers.size() == 3);
  CHECK(headers[0].second.is_null());
  CHECK((!headers[1].second.is_null() && headers[1].second.empty()));
  CHECK(headers[2].second.text() == "\xff");
  CHECK(!parse_json_record(R"({"value":null})").value);
}

TEST_CASE("a field that is misspelt or missing never becomes a tombstone") {
  CHECK_THROWS_WITH_AS(
      parse_json_record(R"({"vlaue":"x"})"),
      "\"vlaue\" is no field of a record; there are topic, partition, offset, timestamp, key, "
      "key_b64, value, value_b64, headers",
      std::invalid_argument);
  CHECK_THROWS_WITH_AS(parse_json_record(R"({"key":"k"})"), "\"value\" is missing; null would be a tombstone",
                       std::invalid_argument);
}

TEST_CASE("what is no record says why, in words of its own") {
  CHECK_THROWS_WITH_AS(parse_json_record("[1]"), "expected a JSON object, not [1]", std::invalid_argument);
  CHECK_THROWS_WITH_AS(parse_json_record(R"({"value":5})"), "\"value\" has to be a string or null, not 5",
                       std::invalid_argument);
  for (const auto* text : {"",
                           "x",
                           "5",
                           "null",
                           R"({"value":{}})",
                           R"({"value_b64":5})",
                           R"({"value_b64":"!!!!"})",
                           R"({"value":"a","value_b64":"Zg=="})",
                           R"({"value":"a","headers":5})",
                           R"({"value":"a","headers":{"a":"b"}})",
                           R"({"value":"a","headers":[5]})",
                           R"({"value":"a","headers":[[]]})",
                           R"({"value":"a","headers":[["a",5]]})",
                           R"({"value":"a","headers":[["a","b","Zg=="]]})",
                           R"({"value":"a","timestamp":"x"})",
                           R"({"value":"a","timestamp":1e300})",
                           R"({"value":"a","timestamp":18446744073709551615})",
                           R"({"value":"a","partition":3000000000})",
                           R"({"value":"a","topic":5})",
                           R"({"value":"\ud800"})"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_json_record(text), std::invalid_argument);
  }
}
