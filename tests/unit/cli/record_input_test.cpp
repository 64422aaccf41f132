#include "cli/record_input.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::cli;

namespace {

/// A file with this in it, and an input over it.
struct given {
  explicit given(const std::string& text) {
    std::string pattern = "/tmp/klamm-input-XXXXXX";
    ::close(::mkstemp(pattern.data()));
    path = pattern;
    std::ofstream(path, std::ios::binary) << text;
    from.emplace(path, stop.get_token());
  }
  ~given() { ::unlink(path.c_str()); }
  std::string path;
  std::stop_source stop;
  std::optional<input> from;
};

std::vector<std::string> values(record_input& reader) {
  std::vector<std::string> all;
  while (auto record = reader.next())
    all.push_back(record->key.value_or("-") + "=" + record->value.value_or("-"));
  return all;
}

}  // namespace

TEST_CASE("each line is a record, the last one also without an end") {
  given text("a\n\nb:c\nlast");
  CHECK(values(*line_input(*text.from, ":")) == std::vector<std::string>{"-=a", "-=", "b=c", "-=last"});
}

TEST_CASE("lines longer than what is read at once stay whole") {
  const std::string longer(200'000, 'x');
  given text(longer + '\n' + longer + "y\nz\n");
  CHECK(values(*line_input(*text.from, {})) ==
        std::vector<std::string>{"-=" + longer, "-=" + longer + "y", "-=z"});
}

TEST_CASE("raw input is one record with its line ends") {
  given text("a\nb\n");
  CHECK(values(*raw_input(*text.from)) == std::vector<std::string>{"-=a\nb\n"});
}

TEST_CASE("an interrupt ends the input in the middle") {
  given text("a\nb\nc\n");
  const auto reader = line_input(*text.from, {});
  CHECK(reader->next());
  text.stop.request_stop();
  CHECK(!reader->next());
}

TEST_CASE("csv names its columns, and its rows may be several lines") {
  given text("key,value,timestamp,header.h\r\nk,\"v\n2\",2026-01-01,x\r\n\r\n,,,\n");
  const auto reader = csv_input(*text.from);
  const auto first = reader->next(), second = reader->next();
  REQUIRE((first && second));
  CHECK(first->key == "k");
  CHECK(first->value == "v\n2");
  CHECK(first->timestamp == Timestamp(Millis(1'767'225'600'000)));
  CHECK(HeadersView(first->headers).last("h").text() == "x");
  CHECK((second->key == "" && second->value == ""));  // empty is not null
  CHECK(!reader->next());
}

TEST_CASE("csv: a row that does not fit is named, and the next one is read") {
  given text("value\na,b\nc\n\"open");
  const auto reader = csv_input(*text.from);
  CHECK_THROWS_WITH_AS(reader->next(), "it has 2 fields, the first row has 1", std::invalid_argument);
  CHECK(reader->line() == 2);
  CHECK(reader->next()->value == "c");
  CHECK_THROWS_WITH_AS(reader->next(), "a quote is not closed", std::invalid_argument);
  CHECK(!reader->next());
}

TEST_CASE("csv without a value, with unknown or doubled columns is refused at once") {
  for (const auto* head : {"", "key\n", "value,name\n", "value,value\n", "value,header.\n"}) {
    given text(head);
    CHECK_THROWS_AS(csv_input(*text.from), std::invalid_argument);
  }
}

TEST_CASE(
    "json: what is wrong with a line leaves the next one alone; topic and partition are the command's") {
  given text("nonsense\n{\"topic\":\"t\",\"partition\":7,\"value\":\"v\"}\n");
  const auto reader = json_input(*text.from);
  CHECK_THROWS_AS(reader->next(), std::invalid_argument);
  const auto record = reader->next();
  CHECK(record->value == "v");
  CHECK(record->partition.value == -1);
}

TEST_CASE("a file that is not there is refused") {
  CHECK_THROWS_AS(input("/nonexistent", std::stop_token()), std::invalid_argument);
}
