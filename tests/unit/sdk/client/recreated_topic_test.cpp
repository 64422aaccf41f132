// A topic that is deleted and made again under a consumer: another topic, though its name is the same.
#include <vector>

#include <doctest/doctest.h>

#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

using offsets = std::vector<std::int64_t>;

struct recreated_script : consumer_script {
  using consumer_script::consumer_script;
  std::int64_t fetched_from() const {
    REQUIRE(fetches().size() == 1);
    return fetches()[0].topics.at(0).partitions.at(0).fetch_offset.value;
  }
  /// As a broker tells it: the id that was fetched is nobody's.
  void recreate() {
    ++cluster.lives;
    answer_fetch(error_code::unknown_topic_id);
    cluster.pass(second);
  }
};

core_options resetting(reset_policy::kind to) {
  auto out = consuming();
  out.consumer->reset.to = to;
  return out;
}

}  // namespace

TEST_CASE(
    "all records of a topic made again are new: they are read from the first, whatever was read of the one "
    "before") {
  for (const auto policy : {reset_policy::kind::earliest, reset_policy::kind::latest}) {
    recreated_script f(resetting(policy));
    f.log_start[a0] = f.log_end[a0] = 50;
    f.assign({a0});
    f.answer_fetch(error_code::none, three_records(50));
    CHECK(f.fetched_from() == 53);
    const auto life = f.sink.lives.back();
    f.recreate();
    CHECK(f.fetched_from() == 0);
    CHECK(f.fetches()[0].topics[0].topic_id == uuid{{'a', 1}});
    f.answer_fetch(error_code::none, three_records(0));
    CHECK(f.sink.lives.back() > life);  // what was fetched of the one before is dropped by it
    CHECK(f.sink.failures.empty());
  }
}

TEST_CASE("a broker that has not heard of the new topic does not bring back the one before") {
  recreated_script f;
  f.assign({a0});
  f.recreate();
  f.answer_fetch(error_code::none, three_records(0));
  CHECK(f.fetched_from() == 3);
  const auto starts = f.sink.starts;
  --f.cluster.lives;
  f.answer_fetch(error_code::unknown_topic_id);  // so that the metadata are asked for
  f.cluster.pass(second);
  ++f.cluster.lives;
  f.cluster.pass(400 * second);  // and again, of age
  CHECK(f.sink.starts == starts);
}

TEST_CASE("without a reset policy the consumer stops and tells, and a seek has it go on") {
  recreated_script f(resetting(reset_policy::kind::none));
  f.assign({a0});
  f.seek(a0, 50);
  f.recreate();
  CHECK(f.fetches().empty());
  REQUIRE(f.sink.failures.size() >= 1);
  CHECK(f.sink.failures.back().code == error_code::offset_out_of_range);
  CHECK(f.sink.failures.back().message.find("\"a\" was deleted and made again") != std::string::npos);
  f.seek(a0, 0);
  CHECK(f.fetched_from() == 0);
}

TEST_CASE("the id of a topic is learned, not changed, where brokers begin to tell it") {
  recreated_script f;
  f.cluster.topic_ids = false;
  f.assign({a0});
  f.seek(a0, 50);
  f.cluster.topic_ids = true;
  f.cluster.pass(400 * second);  // the metadata come of age
  f.cluster.pass(second);
  CHECK(f.sink.failures.empty());
  CHECK(f.sink.starts == offsets{0, 50});
}
