#include "cli/table.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace klamm::cli;

namespace {

std::string printed(output_form form) {
  table rows({"topic", "in_sync", "end"});
  rows.add({"orders", {1, 2}, 100});
  rows.add({"a", nlohmann::ordered_json::array(), nullptr});
  std::ostringstream out;
  rows.print(out, form);
  return out.str();
}

}  // namespace

TEST_CASE("people get columns: text to the left, numbers to the right") {
  CHECK(printed(output_form::table) ==
        "TOPIC   IN SYNC  END\n"
        "orders  1,2      100\n"
        "a       -          -\n");
}

TEST_CASE("programs get an object a row, with null where there is nothing") {
  CHECK(printed(output_form::json) ==
        "{\"topic\":\"orders\",\"in_sync\":[1,2],\"end\":100}\n"
        "{\"topic\":\"a\",\"in_sync\":[],\"end\":null}\n");
}
