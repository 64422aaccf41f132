// In which order an inline disk does what it is given.
#include "broker/server/disk_turns.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::server;

namespace {

log::disk_request of_path(const std::string& path) { return {{}, log::disk::make_directory{path}}; }
log::disk_request of_file(int file, std::uint64_t size) {
  return {{}, log::disk::truncate{log::file_id(file), size}};
}

/// "path", or "file: size".
std::vector<std::string> taken(disk_turns& from, std::size_t most, bool waiting) {
  std::vector<std::string> out;
  for (const auto& one : from.take(most, waiting)) {
    if (const auto* const made = std::get_if<log::disk::make_directory>(&one.operation))
      out.push_back(made->path);
    if (const auto* const cut = std::get_if<log::disk::truncate>(&one.operation))
      out.push_back(std::to_string(cut->file.value) + ": " + std::to_string(cut->size));
  }
  return out;
}
using lines = std::vector<std::string>;

void put(disk_turns& to, auto... operations) {
  log::disk_effects all;
  (all.push_back(std::move(operations)), ...);
  to.put(std::move(all));
}

}  // namespace

TEST_CASE("what a turn has no time for waits behind what is asked for later") {
  disk_turns turns;
  put(turns, of_path("a"), of_path("b"), of_path("c"));
  CHECK(taken(turns, 1, false) == lines{"a"});
  turns.end_turn();
  put(turns, of_path("d"));
  CHECK(taken(turns, 9, false) == lines{"d"});
  CHECK(taken(turns, 9, false).empty());  // this turn is an event's: those that wait have their own
  CHECK_FALSE(turns.empty());
  CHECK(taken(turns, 9, true) == lines{"b", "c"});
  CHECK(turns.empty());
}

TEST_CASE("operations on one file keep their order, whatever waits") {
  disk_turns turns;
  put(turns, of_file(1, 10), of_file(2, 10));
  turns.end_turn();
  put(turns, of_file(1, 20), of_file(3, 30));
  CHECK(taken(turns, 9, false) == lines{"3: 30"});
  CHECK(taken(turns, 1, true) == lines{"1: 10"});
  put(turns, of_file(1, 40));  // 20 waits still
  CHECK(taken(turns, 9, true) == lines{"2: 10", "1: 20", "1: 40"});
  put(turns, of_file(1, 50));
  CHECK(taken(turns, 9, false) == lines{"1: 50"});
  CHECK(turns.empty());
}
