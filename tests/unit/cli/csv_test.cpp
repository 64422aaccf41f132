#include "cli/csv.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace klamm::cli;
using fields = std::vector<std::string>;

TEST_CASE("fields are divided by commas, and quotes keep commas, quotes and line breaks") {
  CHECK(csv_row("a,b,c") == fields{"a", "b", "c"});
  CHECK(csv_row("") == fields{""});
  CHECK(csv_row(",") == fields{"", ""});
  CHECK(csv_row("\"a,b\",\"say \"\"hi\"\"\",\"\"") == fields{"a,b", "say \"hi\"", ""});
  CHECK(csv_row("\"two\nlines\",x") == fields{"two\nlines", "x"});
  CHECK(csv_row("a \"quote\" within,b") == fields{"a \"quote\" within", "b"});
}

TEST_CASE("a quote that is open goes on behind the line break") {
  CHECK(!csv_row("a,\"b"));
  CHECK(!csv_row("a,\"b\"\""));
}

TEST_CASE("text behind a closing quote is refused") {
  CHECK_THROWS_AS(csv_row("\"a\"b,c"), std::invalid_argument);
}
