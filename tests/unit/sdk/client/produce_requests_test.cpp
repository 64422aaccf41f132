// What goes into one Produce request, of all that is ready at its broker, and whose turn it is for the next one.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "partition_queues.hpp"
#include "produce_answers.hpp"
#include "scripted_cluster.hpp"
#include "second.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

using strings = std::vector<std::string>;
using plans = std::vector<strings>;

/// What is in all of them, where the order is not of interest.
strings sorted(const plans& of) {
  strings out;
  for (const auto& request : of) out.insert(out.end(), request.begin(), request.end());
  std::ranges::sort(out);
  return out;
}

/// A producer without sequences, of three partitions of the topic "a" and two of "b", whose requests lie at the brokers.
struct requests_script {
  test::partition_queues source{{{"a", partition_id(0)},
                                 {"a", partition_id(1)},
                                 {"a", partition_id(2)},
                                 {"b", partition_id(0)},
                                 {"b", partition_id(1)}}};
  test::scripted_cluster cluster;

  explicit requests_script(producer_options options = {}, int brokers = 1)
      : cluster(producing(std::move(options)), nullptr, &source) {
    cluster.brokers = brokers;
    cluster.topics = {{"a", 3}, {"b", 2}};
    cluster.hold<wire::produce_request>();
    cluster.core.start(cluster.now, cluster.out);
    for (const auto* topic : {"a", "b"}) cluster.core.want_topic(topic, cluster.now, cluster.out);
    cluster.settle();
    append_each();  // and so there are connections to all leaders
    produce();
    while (!cluster.held.empty()) answer();
    source.story.clear();
  }
  static core_options producing(producer_options options) {
    core_options out;
    out.producer = std::move(options);
    out.producer->idempotence = false;
    return out;
  }
  void append_each() {
    for (std::size_t i = 0; i < source.queues.size(); ++i) {
      const auto& at = source.queues[i].at;
      source.append(i, fmt::format("{}-{}", at.topic, at.partition.value), cluster.now.steady);
    }
  }
  void produce() {
    cluster.core.records_ready(cluster.now, cluster.out);
    cluster.settle();
  }
  static strings partitions(const test::waiting_request& of) {
    strings out;
    const auto asked = of.read<wire::produce_request>();
    for (const auto& t : asked.topic_data) {
      // By name or by id, which begins with the name's letter here.
      const std::string topic(1, t.name.empty() ? static_cast<char>(t.topic_id.bytes[0]) : t.name[0]);
      for (const auto& p : t.partition_data) out.push_back(fmt::format("{}-{}", topic, p.index.value));
    }
    return out;
  }
  plans requests() const {
    plans out;
    for (const auto& request : cluster.held) out.push_back(partitions(request));
    return out;
  }
  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> out;
    for (const auto& request : requests()) out.push_back(request.size());
    return out;
  }
  /// Answers the oldest request, of which `change` may make something else.
  void answer(std::function<void(wire::produce_response&)> change = {}) {
    const auto request = cluster.held.front();
    cluster.held.erase(cluster.held.begin());
    auto said = test::answer_to(request.read<wire::produce_request>(), error_code::none, 7);
    if (change) change(said);
    cluster.reply(request, said);
    cluster.settle();
  }
};

}  // namespace

TEST_CASE("all that is ready at a broker leaves in one request, each topic named once") {
  requests_script f;
  f.append_each();
  f.produce();
  REQUIRE(f.requests() == plans{strings{"a-0", "a-1", "a-2", "b-0", "b-1"}});
  f.answer();
  CHECK(f.source.story == strings{"a-0@7", "a-1@7", "a-2@7", "b-0@7", "b-1@7"});
}

TEST_CASE("each leader gets one request, with what it leads") {
  requests_script f({}, 2);
  f.append_each();
  f.produce();
  CHECK(f.requests() == plans{strings{"a-0", "a-2", "b-0"}, strings{"a-1", "b-1"}});
}

TEST_CASE("a partition has one batch in a request, and its next one in the next") {
  requests_script f;
  f.append_each();
  f.append_each();
  f.produce();
  const strings each{"a-0", "a-1", "a-2", "b-0", "b-1"};
  CHECK(f.requests() == plans{each, each});
}

TEST_CASE("a request takes no more than max_request_size, and one batch whatever its size") {
  const auto batch = test::sealed(1).encoded_size();
  requests_script pairs({.max_request_size = 5 * batch / 2 + 64});
  pairs.append_each();
  pairs.produce();
  CHECK(pairs.sizes() == std::vector<std::size_t>{2, 2, 1});
  CHECK(sorted(pairs.requests()) == strings{"a-0", "a-1", "a-2", "b-0", "b-1"});

  requests_script single({.max_request_size = 1});
  single.append_each();
  single.produce();
  CHECK(single.sizes() == std::vector<std::size_t>{1, 1, 1, 1, 1});
}

TEST_CASE("what did not fit is first in the next request: no partition waits for another one's backlog") {
  requests_script f({.max_in_flight = 1, .max_request_size = 1});
  for (int i = 0; i < 3; ++i) f.append_each();
  f.produce();
  plans rounds(3);
  for (auto& round : rounds) {
    for (int i = 0; i < 5; ++i) {
      REQUIRE(f.cluster.held.size() == 1);
      round.push_back(f.requests()[0].at(0));
      f.answer();
    }
    CHECK(sorted({round}) == strings{"a-0", "a-1", "a-2", "b-0", "b-1"});
  }
  CHECK(rounds[1] == rounds[0]);
  CHECK(rounds[2] == rounds[0]);
  CHECK(f.cluster.held.empty());
}

TEST_CASE("a partition that has nothing for a moment takes nobody's turn with it when it comes back") {
  requests_script f({.max_in_flight = 1, .max_request_size = 1});
  constexpr std::size_t busy = 3;  // the partitions of "a"
  for (std::size_t i = 0; i < busy; ++i) f.source.append(i, "x", f.cluster.now.steady);
  f.produce();
  std::map<std::string, int> turns;
  std::optional<std::size_t> before;
  for (int i = 0; i < 12; ++i) {
    REQUIRE(f.cluster.held.size() == 1);
    const auto sent = f.requests()[0].at(0);
    ++turns[sent];
    if (before) f.source.append(*before, "x", f.cluster.now.steady);
    before = static_cast<std::size_t>(sent.back() - '0');
    f.answer();
  }
  for (const auto* each : {"a-0", "a-1", "a-2"}) CHECK(turns[each] >= 3);
}

TEST_CASE("a partition that the answer leaves out, or refuses for now, is sent again, and no other is") {
  requests_script f;
  f.append_each();
  f.produce();
  f.answer([](auto& said) {
    auto& a = said.responses.at(0).partition_responses;
    a.erase(a.begin() + 1);
    said.responses.at(1).partition_responses.at(0).error_code = error_code::not_enough_replicas;
  });
  CHECK(f.source.story == strings{"a-0@7", "a-2@7", "b-1@7"});
  f.cluster.pass(2 * second);
  CHECK(sorted(f.requests()) == strings{"a-1", "b-0"});  // each after a backoff of its own
}
