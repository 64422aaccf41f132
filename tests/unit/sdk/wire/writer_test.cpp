#include "wire/writer.hpp"

#include <doctest/doctest.h>

#include "wire/messages/fetch.hpp"
#include "wire/messages/offset_commit.hpp"
#include "wire/messages/produce.hpp"
#include "wire/messages/request_header.hpp"

using namespace klamm;
using namespace klamm::wire;

namespace {

template <class T>
std::string failure_of(const T& message, api_version version) {
  writer to;
  encode(to, message, version);
  return to.failure();
}

}  // namespace

TEST_CASE("a value that the version lacks is an error, unless it may be dropped") {
  fetch_request request;
  request.rack_id = "a";  // from version 11, ignorable
  CHECK(failure_of(request, 10) == "");
  request.session_id = 5;  // from version 7, ignorable
  CHECK(failure_of(request, 4) == "");
  request.replica_state.replica_id = node_id{1};  // from version 15
  CHECK(failure_of(request, 14) ==
        "fetch_request v14: replica_state: this version has no such field, and it is not at its default");
}

TEST_CASE(
    "a duration beyond the field, a long text, tags before flexible versions: errors, not wrapped values") {
  fetch_request request;
  request.max_wait_ms = std::chrono::hours(24 * 365);
  CHECK(failure_of(request, 12) ==
        "fetch_request v12: max_wait_ms: a duration beyond the range of the field");
  request.max_wait_ms = millis{0};
  const std::string text(32768, 'x');
  request.rack_id = text;
  CHECK(failure_of(request, 12) == "fetch_request v12: rack_id: text of more than 32,767 bytes");
  request.rack_id = {};
  request.unknown_tags.push_back({7, {}});
  CHECK(failure_of(request, 11) == "fetch_request v11: tagged fields: this version has none");
}

TEST_CASE("unknown tags are written in their order among the known ones, and must rise") {
  fetch_request request;
  request.cluster_id = "c";
  request.unknown_tags = {{5, {}}, {9, {}}};
  CHECK(failure_of(request, 12) == "");
  request.unknown_tags = {{9, {}}, {5, {}}};
  CHECK(failure_of(request, 12) == "fetch_request v12: tagged fields: unknown tags that do not rise");
  request.unknown_tags = {{0, {}}};
  CHECK(failure_of(request, 12) == "fetch_request v12: tagged fields: an unknown tag that is a known one");
}

TEST_CASE("record data is spliced in: the chain holds the caller's bytes, not a copy") {
  const auto batch = buffer_slice::own(std::vector<std::byte>(4096, std::byte{7}));
  produce_request request;
  request.topic_data.resize(1);
  request.topic_data[0].partition_data.resize(1);
  request.topic_data[0].partition_data[0].records.emplace(batch);
  writer to;
  encode(to, request, 9);
  const auto size = to.size();
  const auto chain = to.finish();
  CHECK(chain.size() == size);
  REQUIRE(chain.slices().size() == 3);
  CHECK(chain.slices()[1].data() == batch.data());
}

TEST_CASE("messages larger than the first block continue in further ones") {
  offset_commit_request request;
  request.topics.resize(500);
  for (auto& topic : request.topics) topic.partitions.resize(3);
  writer small(64), large(1 << 20);
  encode(small, request, 8);
  encode(large, request, 8);
  const auto pieces = small.finish();
  CHECK(pieces.slices().size() > 1);
  CHECK(pieces.flatten() == large.finish().flatten());
}

TEST_CASE("the client id of a flexible request header keeps its int16 length") {
  request_header header;
  header.request_api_key = api_key::metadata;
  header.client_id = "ab";
  writer to;
  to.reserve(4);
  encode(to, header, 2);
  const auto bytes = to.finish().flatten();
  CHECK(bytes.size() == 4 + 8 + 2 + 2 + 1);
  CHECK(bytes[13] == std::byte{2});
  CHECK(bytes.back() == std::byte{0});
}
