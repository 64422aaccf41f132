#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <klamm/record.hpp>

namespace klamm {

using namespace literals;

TEST_CASE("only nothing is null: no container is") {
  CHECK(BytesView(nullptr).is_null());
  CHECK(BytesView(std::nullopt).is_null());
  CHECK(BytesView(static_cast<const char*>(nullptr)).is_null());
  CHECK(BytesView(std::optional<std::string>()).is_null());
  CHECK(!BytesView("").is_null());
  CHECK(!BytesView(std::string()).is_null());
  CHECK(!BytesView(std::string_view()).is_null());
  CHECK(!BytesView(std::vector<std::byte>()).is_null());
  CHECK(BytesView("") != BytesView());
  CHECK("a\0b"_bytes.size() == 3);
}

TEST_CASE("headers keep their order, repeats, nulls and empty values; the last of a name counts") {
  Headers headers;
  headers.add("trace", "1");
  headers.add("", nullptr);
  headers.add("trace", "2");
  headers.add("empty", "");
  const HeadersView view = headers;
  std::vector<std::pair<std::string, BytesView>> seen;
  for (const auto header : view) seen.emplace_back(header.key, header.value);
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == std::pair<std::string, BytesView>("trace", "1"));
  CHECK(seen[1].second.is_null());
  CHECK(view.last("trace") == "2");
  CHECK(!view.last("empty").is_null());
  CHECK(view.last("other").is_null());
  CHECK(HeadersView().empty());
}

TEST_CASE("a long header value survives the length's encoding") {
  Headers headers;
  const std::string value(70'000, 'v');
  headers.add("long", value);
  CHECK(HeadersView(headers).last("long").text() == value);
}

TEST_CASE("a record owns what a RecordRef borrowed, and gives it back") {
  std::string key = "k";
  Record record({.topic = "t",
                 .key = key,
                 .value = nullptr,
                 .headers = {{"h", "1"}, {"n", nullptr}},
                 .partition = Partition(2)});
  key = "changed";
  CHECK(record.key == "k");
  CHECK(!record.value);
  const RecordRef again = record;
  CHECK(again.value.is_null());
  CHECK(again.partition == Partition(2));
  CHECK(!again.timestamp);
  CHECK(again.headers.size() == 2);
  std::size_t nulls = 0;
  again.headers.for_each([&](const HeaderRef& header) { nulls += header.value.is_null(); });
  CHECK(nulls == 1);
}

}  // namespace klamm
