#include "base/uuid.hpp"

#include <deque>

#include <doctest/doctest.h>

#include "base/entropy.hpp"

namespace {

// Hands out the bytes it was given, one block of 16 a call.
class scripted_entropy final : public klamm::entropy_source {
 public:
  explicit scripted_entropy(std::deque<std::uint8_t> first_bytes) : first_bytes_(std::move(first_bytes)) {}
  void fill(klamm::mutable_bytes to) override {
    for (auto& byte : to) byte = std::byte{0xff};
    to[0] = std::byte{first_bytes_.front()};
    first_bytes_.pop_front();
  }

 private:
  std::deque<std::uint8_t> first_bytes_;
};

}  // namespace

TEST_CASE("a uuid prints as Kafka prints it, and reads back") {
  klamm::uuid one;
  one.bytes[15] = 1;
  CHECK(to_string(klamm::uuid{}) == "AAAAAAAAAAAAAAAAAAAAAA");
  CHECK(to_string(one) == "AAAAAAAAAAAAAAAAAAAAAQ");
  CHECK(klamm::parse_uuid("AAAAAAAAAAAAAAAAAAAAAQ") == one);
}

TEST_CASE("text that is no uuid is refused") {
  CHECK(!klamm::parse_uuid(""));
  CHECK(!klamm::parse_uuid("AAAAAAAAAAAAAAAAAAAAA"));     // one short
  CHECK(!klamm::parse_uuid("AAAAAAAAAAAAAAAAAAAAAQ=="));  // padded
  CHECK(!klamm::parse_uuid("AAAAAAAAAAAAAAAAAAAAA+"));    // the other alphabet
  CHECK(!klamm::parse_uuid("AAAAAAAAAAAAAAAAAAAAAR"));    // bits after the last byte
}

TEST_CASE("a random uuid is version 4 and never prints with a dash in front") {
  scripted_entropy entropy({0xf8, 0xfb, 0x12});  // the first two would print '-'
  const auto id = klamm::random_uuid(entropy);
  CHECK(id.bytes[0] == 0x12);
  CHECK((id.bytes[6] >> 4) == 4);
  CHECK((id.bytes[8] >> 6) == 2);
}
