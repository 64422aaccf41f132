// Places that are none, as the application gives them to a consumer: refused before any broker is asked.
#include <string>

#include <doctest/doctest.h>

#include <klamm/klamm.hpp>

namespace klamm {
namespace {

using namespace std::chrono_literals;

const TopicPartition at{"py", Partition(0)};

/// Nobody listens there.
Consumer nowhere() {
  return Consumer({.bootstrap_servers = "127.0.0.1:1", .close_timeout = 0ms}, {.group_id = "g"});
}

}  // namespace

TEST_CASE("a commit of an offset below 0, or of none at all, is refused, and says of which partition") {
  auto consumer = nowhere();
  const auto refused = consumer.commit({{.at = at, .next = Offset(-7)}}, as_result);
  REQUIRE(!refused);
  CHECK(refused.error() == errc::invalid_options);
  CHECK(refused.error().message() ==
        "cannot commit: -7 is no offset to go on from in \"py\" partition 0: they begin at 0 "
        "(INVALID_OPTIONS)");
  CHECK(consumer.commit({{.at = at}}, as_result).error() == errc::invalid_options);
}

TEST_CASE("a seek below 0 is refused, and the position stays where it was") {
  auto consumer = nowhere();
  consumer.assign(at);
  try {
    consumer.seek(at, Offset(-5));
    FAIL("it was taken");
  } catch (const Exception& e) {
    CHECK(e.error() == errc::invalid_options);
    CHECK(e.error().message() ==
          "cannot seek: -5 is no offset to go on from in \"py\" partition 0: they begin at 0 "
          "(INVALID_OPTIONS)");
  }
}

TEST_CASE("offsets of a group are not reset to one below 0") {
  Admin admin(ClientOptions{.bootstrap_servers = "127.0.0.1:1", .close_timeout = 0ms});
  CHECK(admin.reset_offsets("g", {{.at = at, .next = Offset(-1)}}, as_result).error() ==
        errc::invalid_options);
}

}  // namespace klamm
