#include "cli/properties_file.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace klamm::cli;

namespace {

std::map<std::string, std::string> read(const std::string& text) {
  std::string path = "/tmp/klamm-properties-XXXXXX";
  ::close(::mkstemp(path.data()));
  std::ofstream(path) << text;
  struct removal {
    const std::string& path;
    ~removal() { ::unlink(path.c_str()); }
  } const at_end{path};
  return read_properties_file(path);
}

}  // namespace

TEST_CASE("a property a line; blanks around names and values, and comments, do not count") {
  CHECK(read("# a comment\n! another\n\n  linger.ms = 5 \r\nsasl.jaas.config=a b=\"c\"\nempty=\n") ==
        std::map<std::string, std::string>{
            {"linger.ms", "5"}, {"sasl.jaas.config", "a b=\"c\""}, {"empty", ""}});
}

TEST_CASE("a line without a name, and a file that cannot be read, are refused") {
  CHECK_THROWS_AS(read("linger.ms\n"), std::invalid_argument);
  CHECK_THROWS_AS(read("=5\n"), std::invalid_argument);
  CHECK_THROWS_AS(read_properties_file("/nonexistent"), std::invalid_argument);
  CHECK_THROWS_AS(read_properties_file("/tmp"), std::invalid_argument);
}
