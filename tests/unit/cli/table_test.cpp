#include "cli/table.hpp"

#include <sstream>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace klamm::cli;

namespace {

std::string printed(std::string_view form) {
  table rows(parse_output_form(form), {"topic", "in_sync", "end"}, {"id"});
  rows.add({"orders", {1, 2}, 100, "x"});
  rows.add({"a", nlohmann::ordered_json::array(), nullptr, "y"});
  std::ostringstream out;
  rows.print(out);
  return out.str();
}

}  // namespace

TEST_CASE("people get columns: text to the left, numbers to the right") {
  CHECK(printed("table") ==
        "TOPIC   IN SYNC  END\n"
        "orders  1,2      100\n"
        "a       -          -\n");
  CHECK(printed("wide") ==
        "TOPIC   IN SYNC  END  ID\n"
        "orders  1,2      100  x\n"
        "a       -          -  y\n");
}

TEST_CASE("programs get an object a row, with null where there is nothing") {
  CHECK(printed("json") ==
        "{\"topic\":\"orders\",\"in_sync\":[1,2],\"end\":100,\"id\":\"x\"}\n"
        "{\"topic\":\"a\",\"in_sync\":[],\"end\":null,\"id\":\"y\"}\n");
  CHECK(printed("yaml") ==
        "- topic: \"orders\"\n  in_sync: [1,2]\n  end: 100\n  id: \"x\"\n"
        "- topic: \"a\"\n  in_sync: []\n  end: null\n  id: \"y\"\n");
}

TEST_CASE("a template is the text of each row") {
  CHECK(printed("template={topic} {{{in_sync}}} {id}\\n") == "orders {1,2} x\na {-} y\n");
  for (const auto* form : {"template={topics}", "template={topic", "tables"})
    CHECK_THROWS_AS(printed(form), std::invalid_argument);
}

TEST_CASE("a name cannot command the terminal, and its width is what is seen of it") {
  table rows({}, {"group", "state"});
  rows.add({"\x1b[2J\n", "Empty"});
  rows.add({"größe", "Empty"});
  std::ostringstream out;
  rows.print(out);
  CHECK(out.str() ==
        "GROUP        STATE\n"
        "\\x1b[2J\\x0a  Empty\n"
        "größe        Empty\n");
}
