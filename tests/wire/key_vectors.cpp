#include "key_vectors.hpp"

#include <cstdint>
#include <exception>
#include <iterator>
#include <vector>

#include "difference.hpp"
#include "vector_file.hpp"
#include "wire/murmur2.hpp"

namespace klamm::wire_test {
namespace {

constexpr std::int32_t partitions[]{1, 2, 3, 6, 7, 12, 50, 100, 1000};

std::vector<std::string> columns(const std::string& row) {
  std::vector<std::string> out(1);
  for (const char c : row) {
    if (c == '\t')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

}  // namespace

std::string check_key_vector(const std::string& row) try {
  const auto cells = columns(row);
  if (cells.size() != 3 + std::size(partitions)) return "neither JSON nor a row of a key and its partitions";
  const auto key = from_hex(cells[0]);
  expect("murmur2", wire::murmur2(key), std::stoi(cells[1]));
  for (std::size_t i = 0; i < std::size(partitions); ++i)
    expect(fmt::format("partition of {}", partitions[i]), wire::partition_for_key(key, partitions[i]).value,
           std::stoi(cells[3 + i]));
  return {};
} catch (const std::exception& e) {
  return e.what();
}

}  // namespace klamm::wire_test
