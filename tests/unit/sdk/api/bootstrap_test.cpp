#include "api/bootstrap.hpp"

#include <doctest/doctest.h>

namespace klamm::api {

TEST_CASE("addresses with and without port, of IPv6, with Kafka's scheme, and blanks between them") {
  const auto parsed = parse_bootstrap("a:1, b ,[::1]:3,[fe80::2],PLAINTEXT://c:4,");
  REQUIRE(parsed);
  CHECK(*parsed ==
        std::vector<link::endpoint>{{"a", 1}, {"b", 9092}, {"::1", 3}, {"fe80::2", 9092}, {"c", 4}});
}

TEST_CASE("what is no address is refused and named") {
  for (const auto* text :
       {"", " , ", "a:0", "a:65536", "a:x", "::1", "[::1", ":9092", "[::1]9092", "SSL://a:1"}) {
    CAPTURE(text);
    CHECK(!parse_bootstrap(text));
  }
  CHECK(parse_bootstrap("good:1,bad:port").failure().message.starts_with("\"bad:port\" is no address"));
}

}  // namespace klamm::api
