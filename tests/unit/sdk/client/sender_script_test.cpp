// The sender on a scripted cluster: what becomes of records whose topic may not be written.
#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "batches.hpp"
#include "scripted_cluster.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

/// The batches of one partition; each is ready as soon as it is there.
struct one_partition final : batch_source {
  const topic_partition& partition(partition_slot) const override { return at; }
  void collect_ready(time_point, std::vector<partition_slot>& out) override {
    if (std::exchange(fresh, false)) out.emplace_back(0);
  }
  time_point next_linger() const override { return never; }
  std::size_t front_bytes(partition_slot) const override {
    return waiting.empty() ? 0 : waiting.front()->sealed().encoded_size();
  }
  batch_ptr drain(partition_slot) override {
    if (waiting.empty()) return nullptr;
    auto first = std::move(waiting.front());
    waiting.pop_front();
    return first;
  }
  time_point oldest_opened() const override { return waiting.empty() ? never : waiting.front()->opened(); }
  void expire(time_point limit, const error& why) override {
    while (!waiting.empty() && waiting.front()->opened() <= limit) drain({})->failed(why);
  }
  void fail(partition_slot, const error& why) override {
    while (!waiting.empty()) drain({})->failed(why);
  }
  void shut(const error& why) override { fail({}, why); }

  void append(const std::string& name, time_point now) {
    waiting.push_back(std::make_unique<test::told_batch>(name, 1, story, now));
    fresh = true;
  }

  topic_partition at{"a", partition_id(0)};
  std::deque<batch_ptr> waiting;
  bool fresh = false;
  std::vector<std::string> story;
};

core_options producing() {
  core_options out;
  out.producer.emplace();
  out.producer->idempotence = false;
  return out;
}

struct sender_script {
  one_partition source;
  test::scripted_cluster cluster{producing(), nullptr, &source};

  void produce(const std::string& name) {
    source.append(name, cluster.now.steady);
    cluster.core.records_ready(cluster.now, cluster.out);
    cluster.settle();
  }
};

}  // namespace

TEST_CASE("records of a topic that may not be written fail at once, and not only those that found it out") {
  sender_script f;
  f.cluster.topics["a"] = 1;
  f.cluster.topic_error = error_code::topic_authorization_failed;
  f.produce("x");
  f.produce("y");
  CHECK(f.source.story ==
        std::vector<std::string>{"x:TOPIC_AUTHORIZATION_FAILED", "y:TOPIC_AUTHORIZATION_FAILED"});
}
