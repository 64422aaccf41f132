// What is done where the process has few descriptors: whom a listener takes, and how long files are waited for.
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker/server/admission.hpp"
#include "broker/server/descriptor_shortage.hpp"

namespace klamm::broker::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct heard_log final : log_sink {
  std::vector<std::string> lines;
  bool wants(log_level) const override { return true; }
  void write(log_level, std::string_view, std::string_view what) override { lines.emplace_back(what); }
};

TEST_CASE("a listener has at most half of the descriptors, and nobody but files has the last sixteenth") {
  CHECK(leaves_enough(256, 200, 127));
  CHECK_FALSE(leaves_enough(256, 200, 128));
  CHECK(leaves_enough(256, 239, 0));
  CHECK_FALSE(leaves_enough(256, 240, 0));
}

TEST_CASE("who is too much is refused, and that is said now and then") {
  heard_log log;
  admission at(5, log);
  const time_point start(seconds(1000));
  CHECK(at.admits(1024, 20, 4, start));
  CHECK(log.lines.empty());
  CHECK_FALSE(at.admits(1024, 20, 5, start));
  REQUIRE(log.lines.size() == 1);
  CHECK(log.lines[0].starts_with("1 connections were closed at once: 5 are open, max.connections is 5"));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(at.admits(1024, 20, 5, start + seconds(9)));
  CHECK(log.lines.size() == 1);
  CHECK_FALSE(at.admits(1024, 1000, 1, start + seconds(10)));
  REQUIRE(log.lines.size() == 2);
  CHECK(log.lines[1].starts_with("101 connections"));
}

TEST_CASE("files that wait are tried again each 100 ms, and it is said after a second and each 30") {
  descriptor_shortage one;
  const time_point start(seconds(1000));
  int tried = 0;
  std::vector<milliseconds> said;
  for (milliseconds at(0); at <= seconds(40); at += milliseconds(50)) {
    const auto next = one.look(start + at, true, true);
    tried += next.retry;
    if (next.say) said.push_back(at);
    CHECK_FALSE(next.give_up);
  }
  CHECK(tried == 400);
  CHECK(said == std::vector<milliseconds>{seconds(1), seconds(31)});
  CHECK(one.deadline() == start + milliseconds(40'100));
  one.look(start + seconds(41), false, true);
  CHECK_FALSE(one.begun());
  CHECK(one.deadline() == never);
}

TEST_CASE("who serves nobody gives up after ten seconds, counted anew when the files were there") {
  descriptor_shortage one;
  const time_point start(seconds(1000));
  CHECK_FALSE(one.look(start, true, false).give_up);
  CHECK_FALSE(one.look(start + seconds(9), true, false).give_up);
  one.look(start + seconds(9), false, false);
  CHECK_FALSE(one.look(start + seconds(10), true, false).give_up);
  CHECK_FALSE(one.look(start + seconds(19), true, false).give_up);
  CHECK(one.look(start + seconds(20), true, false).give_up);
}

}  // namespace
}  // namespace klamm::broker::server
