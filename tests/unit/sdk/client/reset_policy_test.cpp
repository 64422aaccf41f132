// Where a position begins that nothing else places: by the policy, told apart by what the leader is asked.
#include <string>

#include <doctest/doctest.h>

#include "consumer_script.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

using policy = reset_policy::kind;
using offsets = std::vector<std::int64_t>;

constexpr duration an_hour = std::chrono::hours(1);

/// Each log has the offsets from 40 to 99.
struct reset_script : consumer_script {
  explicit reset_script(policy to, std::string group = {})
      : consumer_script(resetting(to, std::move(group))) {
    log_start = {{a0, 40}, {a1, 40}};
    log_end = {{a0, 100}, {a1, 100}};
  }
  static core_options resetting(policy to, std::string group) {
    auto out = consuming(std::move(group));
    out.consumer->reset = {.to = to, .back = an_hour};
    return out;
  }
  std::int64_t hours_ago(int n) const {
    return cluster.now.wall.value - std::chrono::duration_cast<millis>(n * an_hour).count();
  }
  int lookups() const { return cluster.asked(wire::list_offsets_request::api); }
  /// The only fetch that lies at the broker, which has one partition.
  std::int64_t fetched_from() const {
    REQUIRE(fetches().size() == 1);
    return fetches()[0].topics.at(0).partitions.at(0).fetch_offset.value;
  }
  /// It has stopped with this error, told once, and asks nobody anything; a seek has it go on.
  void has_stopped(const std::string& why) {
    cluster.pass(60 * second);
    REQUIRE(sink.failures.size() == 1);
    CHECK(sink.failures[0].code == error_code::offset_out_of_range);
    CHECK(sink.failures[0].message.find("\"a\" partition 0") != std::string::npos);
    CHECK(sink.failures[0].message.find(why) != std::string::npos);
    CHECK(lookups() == 0);
    CHECK(fetches().empty());
    seek(a0, 50);
    CHECK(fetched_from() == 50);
  }
};

}  // namespace

TEST_CASE("without a place a position is the log's beginning by earliest, its end by latest") {
  for (const auto& [to, start] : {std::pair(policy::earliest, 40), {policy::latest, 100}}) {
    for (const auto* group : {"", "g"}) {  // which has committed nothing
      reset_script f(to, group);
      f.assign({a0});
      CHECK(f.sink.starts == offsets{start});
      CHECK(f.fetched_from() == start);
    }
  }
}

TEST_CASE("by duration it is the first record at or after as long ago, or the end if none is that late") {
  reset_script f(policy::by_duration);
  f.offset_by_time = {{f.hours_ago(2), 60}, {f.hours_ago(1), 70}, {f.hours_ago(0), 80}};
  f.assign({a0});
  CHECK(f.fetched_from() == 70);

  reset_script nothing_since(policy::by_duration);
  nothing_since.offset_by_time = {{nothing_since.hours_ago(1) - 1, 60}};
  nothing_since.assign({a0});
  CHECK(nothing_since.fetched_from() == 100);
}

TEST_CASE("none: a partition without a place stops, and tells what it would have begun from") {
  SUBCASE("no position was given") {
    reset_script f(policy::none);
    f.assign({a0});
    f.has_stopped("no position was given");
  }
  SUBCASE("nothing is committed") {
    reset_script f(policy::none, "g");
    f.assign({a0});
    f.has_stopped("committed no offset");
  }
}

TEST_CASE("an offset that is not in the log goes to the end by latest, and stops the partition by none") {
  for (const auto to : {policy::latest, policy::none}) {
    reset_script f(to);
    f.assign({a0});
    f.cluster.held.clear();
    f.cluster.cut();
    f.sink.failures.clear();
    f.seek(a0, 7);
    f.cluster.pass(second);
    REQUIRE(f.fetched_from() == 7);
    f.answer_fetch(error_code::offset_out_of_range);
    if (to == policy::none)
      f.has_stopped("offset 7 is not in the log");
    else
      CHECK(f.fetched_from() == 100);
  }
}
