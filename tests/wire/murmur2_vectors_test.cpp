#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "vector_file.hpp"
#include "wire/murmur2.hpp"

using namespace klamm;
using namespace klamm::wire_test;

namespace {

std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> out(1);
  for (const char c : line) {
    if (c == '\t')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

}  // namespace

TEST_CASE("keys hash to what Kafka's producer makes of them, and go to the same partitions") {
  const auto lines = read_lines(KLAMM_VECTORS "/murmur2.tsv.gz");
  // key_hex, murmur2, to_positive, then the partition of 1, 2, 3, 6...
  constexpr std::int32_t partitions[]{1, 2, 3, 6, 7, 12, 50, 100, 1000};
  int keys = 0;
  for (const auto& line : lines) {
    if (line.starts_with('#')) continue;
    const auto row = columns(line);
    CAPTURE(row.at(0));
    const auto key = from_hex(row.at(0));
    CHECK(wire::murmur2(key) == std::stol(row.at(1)));
    for (std::size_t i = 0; i < std::size(partitions); ++i)
      CHECK(wire::partition_for_key(key, partitions[i]).value == std::stol(row.at(3 + i)));
    ++keys;
  }
  CHECK(keys == 581);
}
