#include "client/topic_entries.hpp"

#include <doctest/doctest.h>

#include "wire/messages/list_offsets.hpp"

using namespace klamm;
using namespace klamm::client;

TEST_CASE(
    "an entry is found by its partition, in whatever order they come; of two, the first; of none, nothing") {
  wire::list_offsets_response said;
  const auto add = [&](std::string_view topic, int partition, int at) {
    auto& entry = said.topics.emplace_back();
    entry.name = topic;
    auto& of = entry.partitions.emplace_back();
    of.partition_index = partition_id(partition);
    of.offset = offset(at);
  };
  add("b", 1, 1);
  add("a", 2, 2);
  add("b", 0, 3);
  add("a", 2, 4);
  const entries_by_partition entries(said.topics);
  const auto found = [&](const char* topic, int partition) {
    const auto* const of = entries.find({topic, partition_id(partition)});
    return of ? of->offset : offset(-1);
  };
  CHECK(found("a", 2) == offset(2));
  CHECK(found("b", 0) == offset(3));
  CHECK(found("b", 1) == offset(1));
  CHECK(found("a", 0) == offset(-1));
  CHECK(found("c", 0) == offset(-1));
}
