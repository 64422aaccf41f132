// Files that are replaced and read, and the moments at which that fails.
#include "broker/raft/durable_file.hpp"

#include <memory>
#include <optional>

#include <doctest/doctest.h>

#include "broker/raft/kept_text.hpp"
#include "tests/unit/scripted_disk.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::raft;

namespace {

byte_chain bytes(std::string_view text) { return byte_chain(buffer_slice::copy(as_bytes_view(text))); }

struct small_files {
  small_files() { disk.below().mount("/data"); }

  /// Each answer: empty, or what went wrong.
  std::vector<std::string> replace(std::string_view text) {
    std::vector<std::string> answers;
    replace_file(client, place, bytes(text),
                 [&](result<void> how) { answers.push_back(how ? "" : how.failure().message); });
    disk.settle(port);
    return answers;
  }
  std::optional<std::string> content() {
    const auto there = disk.below().content(place.path());
    return there ? std::optional(std::string(as_text(bytes_view(*there)))) : std::nullopt;
  }

  klamm::test::scripted_disk disk{5};
  log::disk_port port;
  log::disk_client client{port};
  file_place place{"/data", "small", ".tmp"};
};

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a file is replaced whole, whatever was there") {
  small_files f;
  CHECK(f.replace("a long text") == strings{""});
  CHECK(f.replace("short") == strings{""});
  CHECK(f.content() == "short");
  CHECK(f.disk.was_asked({"sync_directory", "/data"}));
  f.disk.crash(sim::crash::power);
  CHECK(f.content() == "short");
}

TEST_CASE("a replacement that fails says so once and why, does nothing after it, and leaves what was there") {
  struct moment {
    klamm::test::scripted_disk::operation fails;
    std::string_view says;
    bool renames, syncs_directory;
  };
  const moment moments[] = {
      {{"open", "small.tmp"}, "cannot open /data/small: Input/output error", false, false},
      {{"write", "small.tmp"}, "cannot write /data/small: Input/output error", false, false},
      {{"truncate", "small.tmp"}, "cannot truncate /data/small: Input/output error", false, false},
      {{"sync", "small.tmp"}, "cannot sync /data/small: Input/output error", false, false},
      {{"rename", "small"}, "cannot rename /data/small: Input/output error", true, false},
      {{"sync_directory", "/data"},
       "cannot sync the directory of /data/small: Input/output error",
       true,
       true},
  };
  for (const auto& one : moments) {
    CAPTURE(one.says);
    small_files f;
    f.replace("before");
    f.disk.forget_asked();
    f.disk.fail(one.fails);
    CHECK(f.replace("after") == strings{std::string(one.says)});
    CHECK(f.disk.was_asked({"rename", "small"}) == one.renames);
    CHECK(f.disk.was_asked({"sync_directory", "/data"}) == one.syncs_directory);
    if (!one.syncs_directory) CHECK(f.content() == "before");
  }
}

TEST_CASE("a part of a file is no longer than what was asked for, nor than the file") {
  small_files f;
  f.replace("0123456789");
  const auto part = [&](std::uint64_t from, std::size_t count) {
    std::string text;
    read_part(f.client, f.place.path(), from, count, [&](result<file_part> came) {
      REQUIRE(came);
      CHECK(came->size == 10);
      text = as_text(came->bytes.view());
    });
    f.disk.settle(f.port);
    return text;
  };
  CHECK(part(2, 3) == "234");
  CHECK(part(8, 5) == "89");
  CHECK(part(10, 5).empty());
}

TEST_CASE("a file that cannot be read is said to be so once, and why") {
  small_files f;
  f.replace("text");
  strings answers;
  const auto read = [&](const std::string& path) {
    answers.clear();
    read_file(f.client, path, [&](result<buffer_slice> came) {
      answers.push_back(came ? std::string(as_text(came->view())) : came.failure().message);
    });
    f.disk.settle(f.port);
    return answers;
  };
  CHECK(read("/data/small") == strings{"text"});
  CHECK(read("/data/none") == strings{"cannot open /data/none: No such file or directory"});
  f.disk.fail({"read", "small"});
  CHECK(read("/data/small") == strings{"cannot read /data/small: Input/output error"});
}

TEST_CASE("texts that come while one is written are written as one, the newest, and all are told") {
  small_files f;
  kept_text file(f.client, {"/data", "small"});
  f.disk.hold({"sync", "small"});
  int told = 0;
  for (const auto* const text : {"1", "2", "3"}) {
    file.keep(text, [&](result<void> how) { told += how ? 1 : 100; });
    f.disk.settle(f.port);
  }
  CHECK(told == 0);
  f.disk.behave();
  f.disk.settle(f.port);
  CHECK(told == 3);
  std::string kept;
  read_file(f.client, "/data/small", [&](result<buffer_slice> came) { kept = as_text(came->view()); });
  f.disk.settle(f.port);
  CHECK(kept == "3");
}
