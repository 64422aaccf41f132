#include "tests/proxy/frame_stream.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace klamm::proxy {
namespace {

using strings = std::vector<std::string>;

std::string frame(const std::string& body) {
  return std::string{'\0', '\0', '\0', static_cast<char>(body.size())} + body;
}

struct outcome {
  std::string passed;
  ending end = ending::none;
  strings heads, whole;
};

// Feeds `in`, `step` bytes at a time. A frame that begins with 'w' is withheld, with 'c' cut.
outcome fed(const std::string& in, std::size_t step) {
  outcome seen;
  frame_stream stream(
      2,
      [&](bytes_view head) {
        seen.heads.emplace_back(as_text(head));
        const auto first = seen.heads.back()[0];
        return first == 'w' ? fate::withhold : first == 'c' ? fate::cut : fate::forward;
      },
      [&](bytes_view whole) { seen.whole.emplace_back(as_text(whole)); });
  std::vector<std::byte> out;
  for (std::size_t at = 0; at < in.size() && seen.end == ending::none; at += step)
    seen.end = stream.take(as_bytes_view(std::string_view(in).substr(at, step)), out);
  seen.passed = as_text(out);
  return seen;
}

}  // namespace

TEST_CASE("frames pass unchanged, however their bytes come, and are shown whole") {
  const auto in = frame("abcdef") + frame("gh") + frame(std::string(100, 'i'));
  for (std::size_t step = 1; step <= in.size(); ++step) {
    CAPTURE(step);
    const auto seen = fed(in, step);
    CHECK(seen.passed == in);
    CHECK(seen.end == ending::none);
    CHECK(seen.heads == strings{"ab", "gh", "ii"});
    CHECK(seen.whole == strings{"abcdef", "gh", std::string(100, 'i')});
  }
}

TEST_CASE("what was before a frame that is withheld passes, and nothing of it or behind it") {
  const auto before = frame("first");
  for (std::size_t step = 1; step < 20; ++step) {
    const auto seen = fed(before + frame("withheld") + frame("later"), step);
    CHECK(seen.passed == before);
    CHECK(seen.end == ending::close);
    CHECK(seen.whole == strings{"first"});
  }
}

TEST_CASE("of a frame that is cut the first half passes, also where that is less than its head") {
  for (std::size_t step = 1; step < 20; ++step) {
    const auto seen = fed(frame("first") + frame("cut here!!") + frame("later"), step);
    CHECK(seen.passed == frame("first") + frame("cut here!!").substr(0, 7));
    CHECK(seen.end == ending::reset);
    CHECK(seen.whole == strings{"first"});
    CHECK(fed(frame("c2"), step).passed == frame("c2").substr(0, 3));
  }
}

TEST_CASE("what is no frame ends the connection") {
  CHECK(fed(frame("x"), 64).end == ending::none);  // its head never comes
  CHECK(fed(frame("x") + "more", 64).end == ending::reset);
  CHECK(fed("GET / HTTP/1.1", 64).end == ending::reset);
  CHECK(fed("\xff\xff\xff\xff..", 64).end == ending::reset);
}

}  // namespace klamm::proxy
