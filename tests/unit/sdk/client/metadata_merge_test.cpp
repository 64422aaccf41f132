// Hard part 15: one stale broker must not undo what is known.
#include "client/metadata_merge.hpp"

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::client;

namespace {

using said_topic = wire::metadata_response::metadata_response_topic;

said_topic says(std::vector<std::pair<int, int>> leaders_and_epochs, uuid id = uuid{{1}},
                error_code code = error_code::none) {
  said_topic out;
  out.name = "a";
  out.topic_id = id;
  out.error_code = code;
  for (const auto& [leader, epoch] : leaders_and_epochs) {
    auto& p = out.partitions.emplace_back();
    p.partition_index = partition_id(static_cast<std::int32_t>(out.partitions.size()) - 1);
    p.leader_id = node_id(leader);
    p.leader_epoch = leader_epoch(epoch);
  }
  return out;
}

}  // namespace

TEST_CASE("an older leader epoch is ignored, a newer one taken") {
  const auto known = merge_topic(nullptr, says({{1, 5}, {2, 5}}));
  const auto merged = merge_topic(known, says({{9, 4}, {3, 6}}));
  CHECK(merged->partitions[0].leader == node_id(1));
  CHECK(merged->partitions[1].leader == node_id(3));
}

TEST_CASE("under another topic id the old epochs count for nothing") {
  const auto known = merge_topic(nullptr, says({{1, 5}}));
  CHECK(merge_topic(known, says({{2, 0}}, uuid{{2}}))->partitions[0].leader == node_id(2));
}

TEST_CASE("a passing error keeps the partitions, a final one does not") {
  const auto known = merge_topic(nullptr, says({{1, 5}}));
  const auto unknown = merge_topic(known, says({}, {}, error_code::unknown_topic_or_partition));
  CHECK(unknown->partitions.size() == 1);
  CHECK(unknown->error == error_code::unknown_topic_or_partition);
  CHECK(merge_topic(known, says({}, {}, error_code::topic_authorization_failed))->partitions.empty());
}

TEST_CASE("partitions are never taken away by one broker's answer, and a lying index has no place") {
  const auto known = merge_topic(nullptr, says({{1, 5}, {1, 5}}));
  CHECK(merge_topic(known, says({{1, 5}}))->partitions.size() == 2);
  auto hostile = says({{1, 5}});
  hostile.partitions[0].partition_index = partition_id(2'000'000'000);
  CHECK(merge_topic(nullptr, hostile)->partitions.size() <= 1);
}
