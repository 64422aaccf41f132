#include "wire/reader.hpp"

#include <doctest/doctest.h>

#include "wire/endian.hpp"
#include "wire/messages/consumer_group_member_metadata_record.hpp"
#include "wire/messages/fetch.hpp"
#include "wire/messages/metadata.hpp"
#include "wire/writer.hpp"

using namespace klamm;
using namespace klamm::wire;

namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

template <class T>
buffer_slice frame_of(const T& message, api_version version) {
  writer to;
  encode(to, message, version);
  REQUIRE(to.failure() == "");
  return buffer_slice::own(to.finish().flatten());
}

}  // namespace

TEST_CASE("the first failure sticks, with its place, and later reads yield nothing") {
  const auto frame = bytes({0, 1, 2});
  reader from(frame);
  std::int16_t first = 0;
  std::int32_t second = 7;
  from.message("test_message");
  from.get<std::int16_t>(first, "first");
  from.get<std::int32_t>(second, "second");
  from.fail("third", "another fault");
  CHECK(first == 1);
  CHECK(second == 0);
  CHECK(from.failure() == "test_message.second at byte 2: the message ends too early");
  CHECK(from.left() == 0);
}

TEST_CASE("a count beyond what the bytes can hold fails before anything is allocated for it") {
  std::vector<std::int64_t> numbers;
  SUBCASE("int32") {
    const auto frame = bytes({0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0});
    reader from(frame);
    from.get_count(numbers, false, 8, "numbers");
    CHECK_FALSE(from.ok());
  }
  SUBCASE("compact") {
    const auto frame = bytes({0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0, 0, 0, 0, 0});
    reader from(frame);
    from.get_count(numbers, true, 8, "numbers");
    CHECK_FALSE(from.ok());
  }
  SUBCASE("one element more than fits") {
    const auto frame = bytes({0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0});
    reader from(frame);
    from.get_count(numbers, false, 8, "numbers");
    CHECK_FALSE(from.ok());
  }
  CHECK(numbers.capacity() == 0);
}

TEST_CASE("lengths: any negative one is null, and null needs a nullable field") {
  const auto frame = bytes({0xff, 0xfe, 0x80, 0, 0xff, 0xff});
  reader from(frame);
  std::optional<std::string_view> text{"before"};
  from.get_string(text, false, "first");
  CHECK_FALSE(text.has_value());
  from.get_string(text, false, "second");
  CHECK_FALSE(text.has_value());
  CHECK(from.ok());
  std::string_view needed;
  from.get_string(needed, false, "third");
  CHECK(from.failure().ends_with("null in a field that is not nullable in this version"));
}

TEST_CASE("as Kafka's reader: longer varints than needed up to five bytes, any nonzero byte is true") {
  const auto frame = bytes({0x83, 0x80, 0x80, 0x80, 0x00, 0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00});
  reader from(frame);
  CHECK(from.get_uvarint("length") == 3);
  bool flag = false;
  from.get_bool(flag, "flag");
  CHECK(flag);
  from.get_uvarint("too long");
  CHECK(from.failure() == "too long at byte 6: not a varint of 32 bits");
}

TEST_CASE("tagged fields in any order, known sizes not believed, the last of a repeated one counts") {
  fetch_request empty;
  const auto frame = frame_of(empty, 12);
  std::vector<std::byte> raw(frame.view().begin(), frame.view().end() - 1);
  // Tag 9 (unknown), tag 0 cluster_id "a" with a lying size of 99, tag 0 again as "b".
  for (const auto byte : bytes({3, 9, 1, 0x55, 0, 99, 2, 'a', 0, 2, 2, 'b'})) raw.push_back(byte);
  fetch_request request;
  reader from(raw);
  decode(from, request, 12);
  CHECK(from.failure() == "");
  CHECK(from.left() == 0);
  CHECK(request.cluster_id == "b");
  REQUIRE(request.unknown_tags.size() == 1);
  CHECK(request.unknown_tags[0].tag == 9);
}

TEST_CASE("a nullable struct in a tagged field: empty when it is not there, null only when that is said") {
  consumer_group_member_metadata_value member;
  const auto absent = frame_of(member, 0);
  CHECK(absent.view().back() == std::byte{0});  // no tag
  member.classic_member_metadata.reset();
  const auto null = frame_of(member, 0);
  const auto tail = null.view().last(4);  // one tag: 0, of one byte, which is 0
  CHECK(std::vector(tail.begin(), tail.end()) == bytes({1, 0, 1, 0}));
  for (const auto& [frame, there] : {std::pair(absent, true), std::pair(null, false)}) {
    consumer_group_member_metadata_value read;
    reader from(frame);
    decode(from, read, 0);
    CHECK(from.failure() == "");
    CHECK(read.classic_member_metadata.has_value() == there);
  }
}

TEST_CASE("decoding into a message that was used keeps its vectors' memory and nothing of its contents") {
  metadata_response full;
  full.brokers.resize(3);
  full.brokers[1].host = "broker-1";
  full.topics.resize(2);
  full.topics[0].partitions.resize(5);
  full.cluster_id = "cluster";
  const auto large = frame_of(full, 9);
  full.brokers.resize(1);
  full.topics.resize(1);
  full.topics[0].partitions.resize(2);
  full.cluster_id.reset();
  const auto small = frame_of(full, 9);

  metadata_response kept;
  reader first(large);
  decode(first, kept, 9);
  const auto* partitions = kept.topics[0].partitions.data();
  reader second(small);
  decode(second, kept, 9);
  CHECK(second.ok());
  CHECK(kept == full);
  CHECK(kept.topics[0].partitions.data() == partitions);
}

TEST_CASE("a version that the message does not have is a failure") {
  fetch_request request;
  reader from(bytes_view{});
  decode(from, request, 3);
  CHECK(from.failure() == "fetch_request.version at byte 0: no such version of this message");
}

TEST_CASE("record data of an owned frame keeps the frame alive, and is not copied") {
  fetch_response response;
  response.responses.resize(1);
  response.responses[0].partitions.resize(1);
  const auto batch = bytes({1, 2, 3, 4});
  response.responses[0].partitions[0].records.emplace(buffer_slice::borrow(batch));
  auto frame = frame_of(response, 12);
  const auto* start = frame.data();
  const auto size = frame.size();

  fetch_response decoded;
  {
    reader from(std::move(frame));
    decode(from, decoded, 12);
    REQUIRE(from.ok());
  }
  const auto slice = decoded.responses[0].partitions[0].records->joined();
  CHECK(bytes_ref(slice.view()) == bytes_ref(bytes_view(batch)));
  CHECK(slice.data() > start);
  CHECK(slice.data() < start + size);
  CHECK(slice.owner() != nullptr);
}

TEST_CASE("an array has 1,000,000 elements at most, whatever the bytes could hold") {
  writer to;
  to.put_uvarint(1'000'000 + 1);
  auto frame = to.finish().flatten();
  frame.resize(frame.size() + 1'000'001);
  std::vector<std::int8_t> numbers;
  reader most(frame);
  most.get_count(numbers, true, 1, "numbers");
  CHECK(most.ok());
  CHECK(numbers.size() == 1'000'000);
  store(frame.data(), static_cast<std::uint8_t>(load<std::uint8_t>(frame.data()) + 1));  // one element more
  std::vector<std::int8_t> more;
  reader beyond(frame);
  beyond.get_count(more, true, 1, "numbers");
  CHECK(beyond.failure() == "numbers at byte 3: an array of more than 1,000,000 elements");
  CHECK(more.capacity() == 0);
}

TEST_CASE("a structure has 10,000 tagged fields at most") {
  const auto tagged = [](std::uint32_t count) {
    writer to;
    to.put_uvarint(count);
    for (std::uint32_t tag = 0; tag < count; ++tag) {
      to.put_uvarint(tag);
      to.put_uvarint(0);
    }
    return to.finish().flatten();
  };
  unknown_tags kept;
  const auto most = tagged(10'000), beyond = tagged(10'001);
  reader from(most);
  keep_tags(from, kept);
  CHECK(from.ok());
  CHECK(kept.size() == 10'000);
  unknown_tags none;
  reader refuses(beyond);
  keep_tags(refuses, none);
  CHECK(refuses.failure() == "tagged fields at byte 2: more than 10,000 tagged fields");
  CHECK(none.capacity() == 0);
}

TEST_CASE("arrays inside of arrays, and tagged fields, take no more memory than the caller allows") {
  metadata_request request;
  request.topics.emplace(1000);
  for (auto& topic : *request.topics) topic.unknown_tags = {{7, {}}};
  const auto frame = frame_of(request, 12);
  constexpr auto needed = 1000 * (sizeof(metadata_request::metadata_request_topic) + sizeof(unknown_tag));
  metadata_request decoded;
  reader enough(frame);
  enough.limit_memory(needed);
  decode(enough, decoded, 12);
  CHECK(enough.failure() == "");
  reader short_of_tags(frame);
  short_of_tags.limit_memory(needed - 1);
  decode(short_of_tags, decoded, 12);
  CHECK(short_of_tags.failure().starts_with("metadata_request.tagged fields"));
  CHECK(short_of_tags.failure().ends_with("arrays that take more memory than a message may"));
  reader short_of_elements(frame);
  short_of_elements.limit_memory(1000 * sizeof(metadata_request::metadata_request_topic) - 1);
  metadata_request untouched;
  decode(short_of_elements, untouched, 12);
  CHECK(short_of_elements.failure() ==
        "metadata_request.topics at byte 2: arrays that take more memory than a message may");
  CHECK(untouched.topics->capacity() == 0);
}
