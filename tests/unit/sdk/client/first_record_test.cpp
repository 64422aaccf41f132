// How often a new client waits for the network before its first record is through, over plaintext: each round trip is the distance to
// the cluster once more. The first two make a connection and learn its versions; the third learns who leads, and who the producer is.
// The leader is connected to as itself (KIP-1242), which makes another two, and another two where an offset is looked up first:
// fetches have a connection of their own.
#include <optional>

#include <doctest/doctest.h>

#include "consumer_script.hpp"
#include "one_partition.hpp"
#include "produce_answers.hpp"
#include "wire/messages/init_producer_id.hpp"
#include "wire/messages/produce.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

int requests_to(const test::scripted_cluster& to) {
  int all = 0;
  for (const auto& api : wire::all_apis()) all += to.asked(api.key);
  return all;
}

/// A consumer whose first fetch finds three records, and what it took until then.
struct first_fetch : consumer_script {
  int round_trips = 0, requests = 0;

  first_fetch() {
    cluster.answer<wire::fetch_request>(
        [this](const wire::fetch_request& asked) -> std::optional<wire::fetch_response> {
          if (round_trips > 0) return std::nullopt;
          round_trips = cluster.round_trips;
          requests = requests_to(cluster);
          auto out = fetch_answer(asked, error_code::none);
          out.responses[0].partitions[0].records = three_records(0);
          return out;
        });
    cluster.core.start(cluster.now, cluster.out);
    cluster.core.assign({a0}, cluster.now, cluster.out);
  }
};

}  // namespace

TEST_CASE("an idempotent producer's first record is acknowledged in the sixth round trip, by five requests") {
  core_options options;
  options.producer.emplace();
  test::one_partition source;
  test::scripted_cluster cluster(std::move(options), nullptr, &source);
  cluster.topics["a"] = 1;
  cluster.answer<wire::init_producer_id_request>([](const auto&) {
    wire::init_producer_id_response out;
    out.producer_id = producer_id(9);
    out.producer_epoch = producer_epoch(0);
    return out;
  });
  cluster.answer<wire::produce_request>(
      [](const auto& asked) { return test::answer_to(asked, error_code::none, 0); });
  cluster.core.start(cluster.now, cluster.out);
  cluster.core.want_topic("a", cluster.now, cluster.out);
  source.append("first", cluster.now.steady);
  cluster.core.records_ready(cluster.now, cluster.out);
  cluster.settle();
  CHECK(source.story == std::vector<std::string>{"first@0"});
  CHECK(cluster.round_trips == 6);
  CHECK(requests_to(cluster) == 5);
}

TEST_CASE("a consumer without a group has its first record in the ninth round trip, by six requests") {
  first_fetch f;
  f.cluster.settle();
  CHECK(f.sink.next == std::vector<std::int64_t>{3});
  CHECK(f.round_trips == 9);
  CHECK(f.requests == 6);
}

TEST_CASE("a consumer that knows its offset has its first record in the sixth round trip") {
  first_fetch f;
  f.seek(a0, 0);
  CHECK(f.sink.next == std::vector<std::int64_t>{3});
  CHECK(f.round_trips == 6);
}
