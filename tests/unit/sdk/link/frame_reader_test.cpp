#include "link/frame_reader.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "tests/unit/sdk/link/script.hpp"

namespace klamm::link {
namespace {

using test::bytes;
using test::framed;
using test::hex;
using test::operator+;

// Frames that came out so far, of bytes that arrive at most `step` at a time.
std::vector<buffer_slice> cut(frame_reader& reader, bytes_view all, std::size_t step = SIZE_MAX) {
  std::vector<buffer_slice> frames;
  while (!all.empty()) {
    const auto room = reader.buffer();
    REQUIRE(!room.empty());
    const auto n = std::min({room.size(), all.size(), step});
    std::copy_n(all.begin(), n, room.begin());
    reader.received(n);
    all = all.subspan(n);
    for (auto frame = reader.next(); *frame; frame = reader.next()) frames.push_back(**frame);
  }
  return frames;
}

bytes patterned(std::size_t size, int seed) {
  bytes out(size);
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<std::byte>((i * 7 + static_cast<std::size_t>(seed)) % 251);
  return out;
}

TEST_CASE("frames come out whole, however the bytes arrive") {
  bytes stream;
  std::vector<bytes> expected;
  int seed = 0;
  for (const std::size_t size : {1, 4, 100, 4096, 32768, 32769, 65536, 300000, 5, 70000, 2}) {
    expected.push_back(patterned(size, ++seed));
    stream = stream + framed(expected.back());
  }
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{3}, std::size_t{1000}, std::size_t{60000}, SIZE_MAX}) {
    frame_reader reader;
    const auto frames = cut(reader, stream, step);
    REQUIRE(frames.size() == expected.size());
    for (std::size_t i = 0; i < frames.size(); ++i) CHECK(std::ranges::equal(frames[i].view(), expected[i]));
    CHECK(reader.pending() == 0);
  }
}

TEST_CASE("frames that are kept stay what they were, whatever arrives later") {
  rng random(7);
  frame_reader reader;
  std::vector<std::pair<buffer_slice, bytes>> kept;
  for (int i = 0; i < 3000; ++i) {
    const auto size = 1 + random.below(random.chance(0.01) ? 200'000 : 2'000);
    auto content = patterned(size, i);
    auto frames = cut(reader, framed(content), 1 + random.below(5000));
    REQUIRE(frames.size() == 1);
    if (random.chance(0.2)) kept.emplace_back(std::move(frames[0]), std::move(content));
  }
  for (const auto& [frame, content] : kept) CHECK(std::ranges::equal(frame.view(), content));
}

TEST_CASE("small frames share a block, a large one has its own of exactly its size") {
  frame_reader reader;
  const auto small = cut(reader, framed(hex("01")) + framed(hex("02 03")));
  REQUIRE(small.size() == 2);
  CHECK(small[0].owner() == small[1].owner());
  const auto large = cut(reader, framed(patterned(100'000, 1)));
  REQUIRE(large.size() == 1);
  CHECK(large[0].owner().use_count() == 1);
  const auto after = cut(reader, framed(hex("04")));
  CHECK(after[0].owner() == small[0].owner());
}

TEST_CASE("a connection that brings little is lent little") {
  frame_reader idle, busy;
  cut(idle, framed(hex("01")));
  CHECK(idle.buffer().size() <= 4096);
  for (int i = 0; i < 100; ++i) cut(busy, framed(patterned(3000, i)));
  const auto room = busy.buffer().size();
  CHECK(room <= 64 * 1024);
  cut(busy, framed(patterned(room, 1)));
  CHECK(busy.buffer().size() > 4096);
}

TEST_CASE("a size that no frame has ends the stream, before anything is allocated for it") {
  struct {
    const char* bytes;
    const char* message;
  } const cases[] = {
      {"00 00 00 00", "a frame of 0 bytes, 1 to 1000 are allowed"},
      {"ff ff ff ff", "a frame of -1 bytes, 1 to 1000 are allowed"},
      {"80 00 00 00", "a frame of -2147483648 bytes, 1 to 1000 are allowed"},
      {"7f ff ff ff", "a frame of 2147483647 bytes, 1 to 1000 are allowed"},
      {"00 00 03 e9", "a frame of 1001 bytes, 1 to 1000 are allowed"},
      {"16 03 01 02",
       "a frame of 369295618 bytes, 1 to 1000 are allowed: the peer speaks TLS, this connection is "
       "plaintext"},
      {"15 03 03 00",
       "a frame of 352518912 bytes, 1 to 1000 are allowed: the peer speaks TLS, this connection is "
       "plaintext"},
      {"'GET '", "a frame of 1195725856 bytes, 1 to 1000 are allowed: the peer speaks HTTP"},
      {"'HTTP'", "a frame of 1213486160 bytes, 1 to 1000 are allowed: the peer speaks HTTP"},
  };
  for (const auto& c : cases) {
    frame_reader reader(1000, error_code::invalid_request);
    const auto start = hex(c.bytes);
    std::ranges::copy(start, reader.buffer().begin());
    reader.received(start.size());
    const auto refused = reader.next();
    REQUIRE(!refused);
    CHECK(refused.code() == error_code::invalid_request);
    CHECK(refused.failure().message == c.message);
    CHECK(!reader.next());
  }
}

TEST_CASE("the largest frame that is allowed is taken") {
  frame_reader reader(1000);
  CHECK(cut(reader, framed(patterned(1000, 1))).size() == 1);
}

}  // namespace
}  // namespace klamm::link
