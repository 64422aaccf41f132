#include "wire/crc32c.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::wire;

TEST_CASE("the checksum is CRC-32C as RFC 3720 gives it") {
  CHECK(crc32c(as_bytes_view("")) == 0);
  CHECK(crc32c(as_bytes_view("123456789")) == 0xe3069283);
  CHECK(crc32c(as_bytes_view(std::string(32, '\0'))) == 0x8a9136aa);
  CHECK(crc32c(as_bytes_view(std::string(32, '\xff'))) == 0x62a8ab43);
}

TEST_CASE("the checksum of two parts is combined from theirs, at any size of the second") {
  const auto first = as_bytes_view("the header of a batch");
  for (const std::size_t size : {0, 1, 2, 40, 61, 255, 4096, 100'000, 1'000'003, 33'554'433}) {
    CAPTURE(size);
    const std::string second(size, 'x');
    const auto whole = crc32c(as_bytes_view(second), crc32c(first));
    CHECK(crc32c_combine(crc32c(first), crc32c(as_bytes_view(second)), size) == whole);
  }
}

TEST_CASE("a chain has the checksum of its bytes in a row") {
  byte_chain chain(buffer_slice::borrow(as_bytes_view("1234")));
  chain.append(buffer_slice::borrow(as_bytes_view("56789")));
  CHECK(crc32c(chain) == 0xe3069283);
}
