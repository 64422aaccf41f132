#include "base/base64.hpp"

#include <doctest/doctest.h>

using klamm::base64_alphabet;

namespace {

std::string encode(std::string_view text) {
  return klamm::base64_encode(klamm::as_bytes_view(text), base64_alphabet::padded);
}
std::optional<std::string> decode(std::string_view text) {
  const auto bytes = klamm::base64_decode(text, base64_alphabet::padded);
  if (!bytes) return std::nullopt;
  return std::string(klamm::as_text(*bytes));
}

}  // namespace

TEST_CASE("the examples of RFC 4648 go both ways") {
  constexpr std::pair<std::string_view, std::string_view> examples[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : examples) {
    CHECK(encode(plain) == coded);
    CHECK(decode(coded) == plain);
  }
}

TEST_CASE("what no encoder makes does not decode") {
  for (const auto* text : {"Zg", "Zg=", "Z===", "Zh==", "Zm9v*g==", "Zm9vYg==Zg==", "===="})
    CHECK(!decode(text));
}
