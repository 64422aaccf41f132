#include "cli/line_format.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::cli;

TEST_CASE("a line is read back as consume -f wrote it") {
  const auto record =
      line_format("%t/%p@%o %T [%h] %k=%v\\n").parse("orders/2@17 1767225600000 [a=1,b=] k=v=w");
  CHECK(record.key == "k");
  CHECK(record.value == "v=w");
  CHECK(record.partition == Partition(2));
  CHECK(record.timestamp == Timestamp(Millis(1'767'225'600'000)));
  CHECK(HeadersView(record.headers).last("a").text() == "1");
  CHECK(HeadersView(record.headers).last("b").text().empty());
}

TEST_CASE("what a line does not say stays open") {
  const auto record = line_format("%v").parse("100% v");
  CHECK(record.value == "100% v");
  CHECK(!record.key);
  CHECK(record.partition.value == -1);
  CHECK(record.timestamp < Timestamp{});
}

TEST_CASE("text before, between and behind the fields has to be there") {
  const line_format format("<%k\\t%s>");
  CHECK(format.parse("<k\tv>w>").value == "v>w");
  for (const auto* line : {"", "k\tv>", "<k v>", "<k\tv"})
    CHECK_THROWS_AS(format.parse(line), std::invalid_argument);
}

TEST_CASE("numbers and headers are checked") {
  CHECK_THROWS_AS(line_format("%p %v").parse("one v"), std::invalid_argument);
  CHECK_THROWS_AS(line_format("%T %v").parse("99999999999999999999 v"), std::invalid_argument);
  CHECK_THROWS_AS(line_format("%h %v").parse("a v"), std::invalid_argument);
}

TEST_CASE("a format has letters that are known, text between them, and a value") {
  for (const auto* format : {"%q %v", "%k%v", "%k", "", "text"})
    CHECK_THROWS_AS(line_format{format}, std::invalid_argument);
  CHECK(line_format("%%%v").parse("%x").value == "x");
}
