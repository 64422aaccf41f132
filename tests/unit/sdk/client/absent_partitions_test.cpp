// What a consumer is warned of that nobody has.
#include "client/absent_partitions.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace klamm;
using namespace klamm::client;

namespace {

struct kept_log final : log_sink {
  bool wants(log_level) const override { return true; }
  void write(log_level, std::string_view, std::string_view what) override { said.emplace_back(what); }
  std::vector<std::string> said;
};

struct absence_script {
  kept_log log;
  absent_partitions absent{log};
  metadata_snapshot known;
  positions::map assigned;

  /// The only topic, as a new answer describes it.
  void hear(error_code error, int partitions) {
    auto topic = std::make_shared<topic_view>();
    topic->name = "n1";
    topic->error = error;
    for (int p = 0; p < partitions; ++p) topic->partitions.emplace_back().id = partition_id(p);
    known.topics = {std::move(topic)};
    ++known.version;
    look();
  }
  void assign(int partition) {
    assigned[{"n1", partition_id(partition)}];
    look();
  }
  void look() { absent.look(known, assigned); }
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "of a partition that a topic does not have the log tells once, and again when it was there meanwhile") {
  absence_script f;
  f.assign(0);
  f.assign(7);
  CHECK(f.log.said.empty());  // nothing is known yet
  f.hear(error_code::none, 3);
  f.hear(error_code::none, 3);
  const std::string told =
      "\"n1\" has no partition 7, only 3 of them (UNKNOWN_TOPIC_OR_PARTITION): it is waited for";
  CHECK(f.log.said == lines{told});
  f.hear(error_code::none, 8);
  f.hear(error_code::none, 3);
  CHECK(f.log.said == lines{told, told});
}

TEST_CASE("a partition that is assigned when its topic is known is looked for at once") {
  absence_script f;
  f.hear(error_code::none, 1);
  CHECK(f.log.said.empty());
  f.assign(1);
  CHECK(f.log.said.size() == 1);
}

TEST_CASE(
    "of a topic that nobody knows the log tells once, whether it has partitions that are assigned or not") {
  absence_script f;
  f.hear(error_code::unknown_topic_or_partition, 0);
  f.assign(0);
  f.hear(error_code::unknown_topic_or_partition, 0);
  CHECK(f.log.said ==
        lines{"no broker knows the topic \"n1\" (UNKNOWN_TOPIC_OR_PARTITION): it is waited for"});
  f.hear(error_code::none, 1);
  CHECK(f.log.said.size() == 1);
}
