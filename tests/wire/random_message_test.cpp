#include "random_message.hpp"

#include <doctest/doctest.h>

#include "wire/reader.hpp"
#include "wire/writer.hpp"

using namespace klamm;
using namespace klamm::wire;
using namespace klamm::wire_test;

namespace {

constexpr int messages_per_pair = 40;

std::vector<std::byte> encoded(const any_message& message, api_version version) {
  writer to;
  message.encode_to(to, version);
  CHECK(to.failure() == "");
  return to.finish().flatten();
}

template <class Check>
void for_each_pair(Check check) {
  for (const auto* type : catalog()) {
    for (auto version = type->versions.min; version <= type->versions.max; ++version) {
      INFO(std::string(type->name) << " v" << version);
      check(*type, version);
    }
  }
}

}  // namespace

TEST_CASE("a random message survives encoding, decoding and JSON in every version") {
  rng random(1);
  for_each_pair([&](const message_type& type, api_version version) {
    const auto kept = type.make();
    for (int i = 0; i < messages_per_pair; ++i) {
      const auto document = random_message(type, version, random);
      INFO(document.dump());
      const auto original = type.make();
      const auto read = original->set_json(document, version);
      CHECK((read ? "" : read.failure().message) == "");
      const auto bytes = encoded(*original, version);
      reader from(bytes);
      kept->decode_from(from, version);
      CHECK(from.failure() == "");
      CHECK(from.left() == 0);
      CHECK(encoded(*kept, version) == bytes);
      CHECK(kept->equals(*original));
      CHECK(kept->as_json(version, {.unknown_tags = true}) ==
            original->as_json(version, {.unknown_tags = true}));
    }
  });
}

TEST_CASE(
    "a message with one byte changed decodes or fails, and never crashes or takes more than it was given") {
  rng random(2);
  for_each_pair([&](const message_type& type, api_version version) {
    const auto original = type.make();
    REQUIRE(original->set_json(random_message(type, version, random), version));
    auto bytes = encoded(*original, version);
    const auto damaged = type.make();
    for (auto& byte : bytes) {
      const auto before = byte;
      for (const auto value :
           {std::byte{0xff}, std::byte{0x7f}, std::byte{0}, static_cast<std::byte>(random.next())}) {
        byte = value;
        reader from(bytes);
        damaged->decode_from(from, version);
        CHECK(from.position() <= bytes.size());
      }
      byte = before;
    }
  });
}
