// The small vocabulary: sequences, times, chains of bytes, randomness.
#include <limits>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/sequence.hpp"
#include "base/time.hpp"

using namespace klamm;

TEST_CASE("a sequence wraps from the largest int32 to zero") {
  constexpr auto top = std::numeric_limits<std::int32_t>::max();
  CHECK(advance(sequence(5), 3) == sequence(8));
  CHECK(advance(sequence(top), 1) == sequence(0));
  CHECK(advance(sequence(top - 2), 5) == sequence(2));
}

TEST_CASE("an offset moves by a number and measures distances") {
  CHECK(offset(7) + 3 == offset(10));
  CHECK(offset(10) - offset(7) == 3);
  CHECK(offset() == offset(-1));
}

TEST_CASE("a deadline beyond the end of time is never") {
  CHECK(after(time_point(std::chrono::seconds(1)), std::chrono::seconds(2)) ==
        time_point(std::chrono::seconds(3)));
  CHECK(after(time_point(std::chrono::seconds(1)), duration::max()) == never);
}

TEST_CASE("a chain keeps the order of its slices and shares their bytes") {
  const auto hello = buffer_slice::copy(as_bytes_view("hello, "));
  byte_chain chain(hello);
  chain.append(buffer_slice::copy(as_bytes_view("world")));
  chain.append(buffer_slice());
  CHECK(chain.size() == 12);
  CHECK(chain.slices().size() == 2);
  CHECK(chain.slices()[0].data() == hello.data());
  CHECK(as_text(chain.flatten()) == "hello, world");
}

TEST_CASE("a part of a slice keeps the whole alive") {
  buffer_slice part;
  {
    const auto whole = buffer_slice::copy(as_bytes_view("abcdef"));
    part = whole.part(2, 3);
  }
  CHECK(as_text(part.view()) == "cde");
}

TEST_CASE("a seed gives the same numbers everywhere") {
  rng a(42), b(42);
  CHECK(a.next() == b.next());
  CHECK(rng(42).next() == 1546998764402558742ULL);
  CHECK(rng(1).next() != rng(2).next());
  for (int i = 0; i < 1000; ++i) CHECK(a.below(7) < 7);
}
