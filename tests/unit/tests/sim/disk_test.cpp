// What the simulated disk does to those who trust it.
#include "tests/sim/disk.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::sim;
using broker::log::disk_completion;
using broker::log::disk_operation;
using broker::log::file_id;
namespace op = broker::log::disk;

namespace {

byte_chain bytes_of(std::string_view text) { return byte_chain(buffer_slice::copy(as_bytes_view(text))); }

/// One file on a disk, written to as a machine would.
struct one_file {
  explicit one_file(disk_options how = {}, std::uint64_t seed = 1) : on(seed, how) {
    on.mount("/d");
    done(op::open{file, "/d/f", op::open_mode::create});
  }
  void submit(disk_operation operation) {
    broker::log::disk_effects effects;
    effects.push_back({broker::log::disk_op_id(next++), std::move(operation)});
    on.submit(std::move(effects));
  }
  disk_completion done(disk_operation operation) {
    submit(std::move(operation));
    auto all = on.step();
    REQUIRE(all.size() == 1);
    return std::move(all.front());
  }
  disk_completion write(std::uint64_t at, std::string_view text) {
    return done(op::write{file, at, bytes_of(text)});
  }
  std::string content(const std::string& path = "/d/f") const {
    const auto bytes = on.content(path);
    return bytes ? std::string(as_text(*bytes)) : "(missing)";
  }

  sim::disk on;
  file_id file{1};
  std::int64_t next = 0;
};

}  // namespace

TEST_CASE("a power cut leaves what was synced, and of a write that was not nothing, a part, or all") {
  bool none = false, part = false, all = false;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    one_file f({}, seed);
    f.write(0, "safe");
    f.done(op::sync_file{f.file});
    f.done(op::sync_directory{"/d"});
    f.write(4, "unsynced");
    CHECK(f.on.may_tear(crash::power));
    f.on.crash(crash::power);
    const auto left = f.content();
    CHECK(left == std::string("safeunsynced").substr(0, left.size()));
    CHECK(left.size() >= 4);
    none = none || left.size() == 4;
    part = part || (left.size() > 4 && left.size() < 12);
    all = all || left.size() == 12;
    CHECK((f.on.counts().torn_writes == 1) == (left.size() > 4 && left.size() < 12));
    CHECK_FALSE(f.on.may_tear(crash::power));
  }
  CHECK(none);
  CHECK(part);
  CHECK(all);
}

TEST_CASE("a crash in a write leaves a part of it, whether the machine dies or the process alone") {
  bool shorter = false, zeroes = false;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    one_file cut({}, seed);
    cut.done(op::sync_directory{"/d"});
    cut.write(0, "unsynced");
    cut.on.crash(crash::power, true);
    CHECK(cut.on.counts().torn_writes == 1);
    const auto part = cut.content();
    const auto kept = part.substr(0, part.find('\0'));
    CHECK(kept.size() > 0);
    CHECK(kept.size() < 8);
    CHECK(kept == std::string("unsynced").substr(0, kept.size()));
    shorter = shorter || part.size() < 8;
    zeroes = zeroes || (part.size() == 8 && kept.size() < 8);

    one_file killed({}, seed);
    killed.write(0, "there");
    CHECK_FALSE(killed.on.may_tear(crash::kill));
    killed.submit(op::write{killed.file, 5, bytes_of(" not there")});
    CHECK(killed.on.may_tear(crash::kill));
    killed.on.crash(crash::kill, true);
    CHECK(killed.on.counts().torn_writes == 1);
    const auto left = killed.content();
    CHECK(left.size() > 5);
    CHECK(left.size() < 15);
    CHECK(left == std::string("there not there").substr(0, left.size()));
  }
  CHECK(shorter);
  CHECK(zeroes);
}

TEST_CASE("a kill keeps what was written") {
  one_file f;
  f.write(0, "unsynced");
  f.on.crash(crash::kill);
  CHECK(f.content() == "unsynced");
}

TEST_CASE("a write that fails may leave a part behind, and says why") {
  bool io = false, space = false, part = false;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    one_file f({.write_failure = 1}, seed);
    const auto failed = f.write(0, "lost words");
    CHECK_FALSE(failed.ok());
    io = io || failed.failure == error_code::io_error;
    space = space || failed.failure == error_code::kafka_storage_error;
    const auto left = f.content();
    CHECK(left == std::string("lost words").substr(0, left.size()));
    part = part || !left.empty();
    CHECK(f.on.counts().errors() == 1);
  }
  CHECK(io);
  CHECK(space);
  CHECK(part);
}

TEST_CASE("a file whose sync failed is in doubt until the machine boots anew") {
  one_file f;
  f.done(op::sync_directory{"/d"});
  f.write(0, "words");
  f.on.set_options({.sync_failure = 1});
  CHECK_FALSE(f.done(op::sync_file{f.file}).ok());
  f.on.set_options({});
  CHECK_FALSE(f.done(op::sync_file{f.file}).ok());
  f.on.crash(crash::power);
  f.done(op::open{f.file, "/d/f", op::open_mode::read_write});
  CHECK(f.done(op::sync_file{f.file}).ok());
  CHECK(f.on.counts().sync_errors == 2);
}

TEST_CASE("a rename that fails leaves both names") {
  one_file f({.rename_failure = 1});
  f.write(0, "new");
  f.on.put("/d/g", {});
  CHECK_FALSE(f.done(op::rename{"/d/f", "/d/g"}).ok());
  CHECK(f.content() == "new");
  CHECK(f.content("/d/g").empty());
  f.on.set_options({});
  CHECK(f.done(op::rename{"/d/f", "/d/g"}).ok());
  CHECK(f.content() == "(missing)");
  CHECK(f.content("/d/g") == "new");
}

TEST_CASE("a new directory is lost with the power unless the one above is synced, the root by its slash") {
  for (const bool synced : {false, true}) {
    int lost = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      one_file f({}, seed);
      f.on.mount("");
      f.done(op::make_directory{"/new"});
      if (synced) f.done(op::sync_directory{"/"});
      f.on.crash(crash::power);
      if (!f.done(op::list_directory{"/new"}).ok()) ++lost;
    }
    CHECK((lost == 0) == synced);
  }
}

TEST_CASE("a bit that turns stays turned, also where the write is synced only later") {
  one_file f;
  f.write(0, "abc");
  f.on.flip_bit("/d/f", 1, 0);
  CHECK(f.content() == "acc");
  f.done(op::sync_file{f.file});
  f.done(op::sync_directory{"/d"});
  f.write(3, "d");
  f.on.flip_bit("/d/f", 2, 0);
  f.done(op::sync_file{f.file});
  f.on.crash(crash::power);
  CHECK(f.content() == "acbd");
}
