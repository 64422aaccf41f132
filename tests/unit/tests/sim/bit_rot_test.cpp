// Which bits turn, and that whoever reads can notice each of them.
#include "tests/sim/bit_rot.hpp"

#include <doctest/doctest.h>

#include "wire/batch_builder.hpp"
#include "wire/batch_reader.hpp"
#include "wire/sealed_batch.hpp"

using namespace klamm;
using namespace klamm::sim;

namespace {

const std::string directory = "/d/orders-0";
const std::string segment = directory + "/00000000000000000000.log";

std::vector<std::byte> three_batches() {
  std::vector<std::byte> out;
  wire::compressor contexts;
  for (int i = 0; i < 3; ++i) {
    wire::batch_builder builder;
    builder.append({.timestamp = timestamp(1000), .key = {}, .value = as_bytes_view("value"), .headers = {}});
    const auto one =
        wire::stamped(builder.seal({wire::codec::none, std::nullopt}, contexts), {.base_offset = offset(i)})
            .flatten();
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

/// Whether all that is there are whole batches whose checksums are right.
bool reads_well(const std::vector<std::byte>& content) {
  wire::batch_reader batches(buffer_slice::copy(content));
  wire::batch_view one;
  auto step = batches.next(one);
  for (; step == wire::batch_reader::step::batch; step = batches.next(one))
    if (one.legacy() || !one.crc_valid()) return false;
  return step == wire::batch_reader::step::end;
}

}  // namespace

TEST_CASE("whatever bit of a batch turns, its reader can tell") {
  int in_batches = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    disk on(seed);
    on.mount(directory);
    on.put(segment, three_batches());
    rng random(seed);
    const auto turned = turn_a_bit(on, directory, random);
    if (!turned) continue;  // it fell on an index, and there is none
    ++in_batches;
    CHECK(turned->path == segment);
    CAPTURE(turned->byte);
    CHECK_FALSE(reads_well(*on.content(segment)));
    CHECK(on.content(segment)->size() == three_batches().size());
  }
  CHECK(in_batches > 150);
}

TEST_CASE("what turned is on the disk, and in no other partition") {
  disk on(1);
  on.mount(directory);
  on.mount("/d/orders-01");
  on.put(segment, three_batches());
  on.put("/d/orders-01/00000000000000000000.log", three_batches());
  rng random(1);
  for (int i = 0; i < 20; ++i) turn_a_bit(on, directory, random);
  const auto turned = *on.content(segment);
  CHECK(turned != three_batches());
  CHECK(*on.content("/d/orders-01/00000000000000000000.log") == three_batches());
  on.crash(crash::power);
  CHECK(*on.content(segment) == turned);
}

TEST_CASE("a directory that is erased is gone with all that is in it, also behind a power cut") {
  disk on(1);
  on.mount(directory);
  on.put(segment, three_batches());
  on.mount("/d/orders-01");
  on.erase(directory);
  on.crash(crash::power);
  CHECK_FALSE(on.content(segment).has_value());
  CHECK(on.files().empty());
}
