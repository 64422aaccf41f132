#include "cli/text.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace klamm::cli;
using namespace std::literals;

TEST_CASE("UTF-8 is told from what only looks like it") {
  CHECK(is_utf8("plain, ü, 猫, 🦊"));
  CHECK(!is_utf8("\xff"));
  CHECK(!is_utf8("\xc3"));              // cut off
  CHECK(!is_utf8("\xc0\x80"));          // longer than needed
  CHECK(!is_utf8("\xed\xa0\x80"));      // a surrogate
  CHECK(!is_utf8("\xf4\x90\x80\x80"));  // beyond the last code point
}

TEST_CASE("Base64 goes both ways") {
  for (const auto& [plain, coded] :
       {std::pair{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
    CHECK(to_base64(plain) == coded);
    CHECK(from_base64(coded) == plain);
  }
  CHECK_THROWS_AS(from_base64("Zg"), std::invalid_argument);
  CHECK_THROWS_AS(from_base64("Z*=="), std::invalid_argument);
}

TEST_CASE("escapes stand for what they name, and unknown ones for themselves") {
  CHECK(unescape("a\\tb\\n") == "a\tb\n");
  CHECK(unescape("\\x41\\0") == "A\0"s);
  CHECK(unescape("\\q\\x4") == "\\q\\x4");
  CHECK(unescape("end\\") == "end\\");
}

TEST_CASE("what a terminal would obey, or not show, is printed as its bytes") {
  CHECK(printable("plain, ü, 🦊") == "plain, ü, 🦊");
  CHECK(printable("a\tb\x1b[31m\x7f") == "a\\x09b\\x1b[31m\\x7f");
  CHECK(printable("\xc2\x9b"
                  "2J \xff") == "\\xc2\\x9b2J \\xff");
  CHECK(characters("größe🦊") == 6);
}
