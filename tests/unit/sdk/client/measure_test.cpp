// What the client core says of itself, on a scripted cluster: each figure moves when its event happens, and only then.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "consumer_script.hpp"
#include "one_partition.hpp"
#include "produce_answers.hpp"
#include "wire/messages/init_producer_id.hpp"

using namespace klamm;
using namespace klamm::client;

namespace {

constexpr auto ms = [](int count) { return duration(millis(count)); };

measurements of(const test::scripted_cluster& cluster) { return cluster.core.measure(cluster.now); }

/// The one broker that is known by its id.
measured_broker broker_of(const test::scripted_cluster& cluster) {
  for (const auto& b : of(cluster).brokers.each)
    if (b.node == node_id(1)) return b;
  return {};
}

/// A producer of the topic "a" whose Produce requests lie at the broker until the test answers.
struct produce_script {
  test::one_partition source;
  test::scripted_cluster cluster;

  explicit produce_script(core_options options = without_idempotence())
      : cluster(std::move(options), nullptr, &source) {
    cluster.topics["a"] = 1;
    cluster.hold<wire::produce_request>();
    cluster.core.start(cluster.now, cluster.out);
    cluster.settle();
  }
  static core_options without_idempotence() {
    core_options out;
    out.producer.emplace().idempotence = false;
    return out;
  }
  void produce(int records) {
    source.append("x", cluster.now.steady, records);
    cluster.core.records_ready(cluster.now, cluster.out);
    cluster.settle();
  }
  void answer(error_code code, millis throttle = {}) {
    REQUIRE(!cluster.held.empty());
    const auto asked = std::move(cluster.held.front());
    cluster.held.erase(cluster.held.begin());
    auto said = test::answer_to(asked.read<wire::produce_request>(), code, 0);
    said.throttle_time_ms = throttle;
    cluster.reply(asked, said);
    cluster.settle();
  }
  void lose(link::connection_id connection) {
    cluster.core.on(link::event::closed{connection, error(error_code::disconnected)}, cluster.now,
                    cluster.out);
    cluster.settle();
  }
  measured_production partition() const { return of(cluster).producer->partitions.at(0); }
};

}  // namespace

TEST_CASE("a client that was not started has done nothing, and knows nothing") {
  const test::scripted_cluster cluster{core_options{}};
  const auto all = of(cluster);
  CHECK(all.age == duration::zero());
  CHECK(!all.metadata_age);
  CHECK(all.topics == 0);
  CHECK(all.brokers.each.empty());
  CHECK(all.brokers.traffic.requests == 0);
  CHECK(!all.producer);
  CHECK(!all.consumer);
}

TEST_CASE("the age is the client's, the metadata's is since their last answer") {
  produce_script f;
  f.cluster.pass(ms(700));
  f.produce(1);
  CHECK(of(f.cluster).age == ms(700));
  CHECK(of(f.cluster).topics == 1);
  CHECK(of(f.cluster).metadata_age == ms(0));
  f.cluster.pass(ms(300));
  CHECK(of(f.cluster).age == ms(1000));
  CHECK(of(f.cluster).metadata_age == ms(300));
}

TEST_CASE(
    "a broker's requests and answers count when they leave and come, and a round trip as long as it took") {
  produce_script f;
  f.produce(1);
  const auto asked = broker_of(f.cluster);
  CHECK(asked.connections == 1);
  CHECK(asked.in_flight == 1);
  CHECK(asked.traffic.requests == 1);
  CHECK(asked.requests == std::map<wire::api_key, std::uint64_t>{{wire::produce_request::api, 1}});
  CHECK(asked.traffic.responses == 0);
  CHECK(asked.traffic.connects == 1);
  CHECK(asked.traffic.bytes_sent > 100);
  CHECK(asked.round_trip.count == 0);
  f.cluster.pass(ms(7));
  CHECK(broker_of(f.cluster).traffic.bytes_received == asked.traffic.bytes_received);
  f.answer(error_code::none);
  const auto answered = broker_of(f.cluster);
  CHECK(answered.in_flight == 0);
  CHECK(answered.traffic.requests == 1);
  CHECK(answered.traffic.responses == 1);
  CHECK(answered.traffic.bytes_sent == asked.traffic.bytes_sent);
  CHECK(answered.traffic.bytes_received > asked.traffic.bytes_received);
  CHECK(answered.round_trip.count == 1);
  CHECK(answered.round_trip.max == 7'000);
  CHECK(answered.traffic.unanswered == 0);
  CHECK(answered.traffic.disconnects == 0);
  CHECK(answered.throttle.count == 0);
}

TEST_CASE("a lost connection leaves its requests unanswered; one that was too slow timed out, too") {
  produce_script f;
  f.produce(1);
  f.lose(f.cluster.held.at(0).connection);
  CHECK(broker_of(f.cluster).traffic.unanswered == 1);
  CHECK(broker_of(f.cluster).traffic.disconnects == 1);
  CHECK(broker_of(f.cluster).traffic.timed_out == 0);
  CHECK(broker_of(f.cluster).connections == 0);
  f.cluster.held.clear();
  f.cluster.pass(ms(2'000));
  REQUIRE(f.cluster.held.size() == 1);  // sent again
  CHECK(broker_of(f.cluster).traffic.connects == 2);
  f.cluster.pass(connection_options{}.request_timeout);
  CHECK(broker_of(f.cluster).traffic.timed_out == 1);
  CHECK(broker_of(f.cluster).traffic.unanswered == 2);
  CHECK(broker_of(f.cluster).traffic.disconnects == 2);
}

TEST_CASE("with acks 0 nothing is an answer, and nothing is missing") {
  auto options = produce_script::without_idempotence();
  options.producer->required_acks = acks::none;
  produce_script f(options);
  f.produce(3);
  const auto sent = broker_of(f.cluster);
  CHECK(sent.traffic.requests == 1);
  CHECK(sent.traffic.responses == 0);
  CHECK(sent.traffic.unanswered == 0);
  CHECK(sent.round_trip.count == 0);
  CHECK(f.partition().acknowledged == 3);
}

TEST_CASE("a broker's wish for silence is a sample, and what waits meanwhile is counted") {
  produce_script f;
  f.produce(1);
  f.answer(error_code::none, millis(90));
  const auto muted = broker_of(f.cluster);
  CHECK(muted.throttle.count == 1);
  CHECK(muted.throttle.max == 90);
  f.produce(4);
  CHECK(f.cluster.held.empty());
  CHECK(of(f.cluster).producer->load.partitions.at(0).records == 4);
  CHECK(f.partition().waiting_records == 4);
  CHECK(f.partition().waiting_bytes > 0);
  f.cluster.pass(ms(91));
  CHECK(f.partition().waiting_records == 0);
  CHECK(f.partition().in_flight_records == 4);
}

TEST_CASE("a broker that left the cluster is in the sums still, and nowhere else") {
  produce_script f;
  f.produce(1);
  const auto connection = f.cluster.held.at(0).connection;
  f.answer(error_code::none);
  f.cluster.answer<wire::metadata_request>([](const auto&) {
    wire::metadata_response out;
    out.brokers.push_back({node_id(5), "other", 9099, {}, {}});
    out.cluster_id = "scripted";
    return out;
  });
  f.lose(connection);
  f.cluster.pass(ms(5'000));
  const auto all = of(f.cluster).brokers;
  std::uint64_t listed = 0;
  for (const auto& b : all.each) {
    CHECK(b.node != node_id(1));
    listed += b.traffic.requests;
  }
  CHECK(listed == all.traffic.requests - 1);
  CHECK(all.traffic.disconnects == 1);
}

TEST_CASE("a batch is sent once however often it leaves, and acknowledged as long as that took") {
  produce_script f;
  f.produce(3);
  const auto sent = f.partition();
  CHECK(sent.at == topic_partition{"a", partition_id(0)});
  CHECK(sent.leader == node_id(1));
  CHECK(sent.records == 3);
  CHECK(sent.batches == 1);
  CHECK(sent.bytes == test::sealed(3).encoded_size());
  CHECK(sent.in_flight_records == 3);
  CHECK(sent.in_flight_batches == 1);
  CHECK(sent.acknowledged == 0);
  CHECK(sent.retries == 0);
  f.cluster.pass(ms(20));
  f.answer(error_code::not_enough_replicas);
  CHECK(f.partition().retries == 0);
  CHECK(f.partition().in_flight_records == 3);
  f.cluster.pass(ms(400));
  CHECK(f.partition().retries == 1);
  CHECK(f.partition().records == 3);
  CHECK(f.partition().acknowledgement.count == 0);
  f.answer(error_code::none);
  const auto stored = f.partition();
  CHECK(stored.acknowledged == 3);
  CHECK(stored.in_flight_records == 0);
  CHECK(stored.in_flight_batches == 0);
  CHECK(stored.batches == 1);
  CHECK(stored.retries == 1);
  CHECK(stored.splits == 0);
  CHECK(stored.acknowledgement.count == 1);
  CHECK(stored.acknowledgement.max == 420'000);
}

TEST_CASE("sizes of batches are their topic's; a refused one is not acknowledged, one too large is split") {
  produce_script f;
  f.produce(2);
  f.produce(6);
  const auto topics = of(f.cluster).producer->topics;
  REQUIRE(topics.size() == 1);
  CHECK(topics[0].topic == "a");
  CHECK(topics[0].batch_records.count == 2);
  CHECK(topics[0].batch_records.min == 2);
  CHECK(topics[0].batch_records.max == 6);
  CHECK(topics[0].batch_bytes.max == test::sealed(6).encoded_size());
  f.answer(error_code::topic_authorization_failed);
  CHECK(f.partition().acknowledged == 0);
  f.answer(error_code::message_too_large);
  CHECK(f.partition().splits == 1);
  CHECK(f.partition().batches == 2);
  CHECK(f.partition().records == 8);
  CHECK(f.partition().retries == 0);
}

TEST_CASE("who the producer is is known with its id") {
  core_options options;
  options.producer.emplace();
  produce_script f(options);
  CHECK(of(f.cluster).producer->id.value == -1);
  f.cluster.answer<wire::init_producer_id_request>([](const auto&) {
    wire::init_producer_id_response out;
    out.producer_id = producer_id(9);
    out.producer_epoch = producer_epoch(4);
    return out;
  });
  f.cluster.cut();  // what was asked is asked again
  f.cluster.pass(ms(2'000));
  CHECK(of(f.cluster).producer->id == producer_id(9));
  CHECK(of(f.cluster).producer->epoch == producer_epoch(4));
}

// --- consumers

namespace {

measured_consumer consumer_of(const consumer_script& f) { return *of(f.cluster).consumer; }

}  // namespace

TEST_CASE("an answer to a fetch counts with its records and the time it lay at the broker, once it came") {
  consumer_script f;
  f.assign({a0});
  CHECK(consumer_of(f).fetches == 0);
  f.cluster.pass(ms(30));
  const auto whole = three_records(0).joined();
  std::vector<std::byte> sent(whole.data(), whole.data() + whole.size());
  sent.insert(sent.end(), whole.data(), whole.data() + whole.size() / 2);  // what is not whole comes again
  f.answer_fetch(error_code::none, wire::records_field(buffer_slice::own(std::move(sent))));
  const auto fetched = consumer_of(f);
  CHECK(fetched.fetches == 1);
  CHECK(fetched.records == 3);
  CHECK(fetched.bytes == whole.size());
  CHECK(fetched.fetch_latency.max == 30'000);
  REQUIRE(fetched.partitions.size() == 1);
  CHECK(fetched.partitions[0].at == a0);
  CHECK(fetched.partitions[0].leader == node_id(1));
  CHECK(fetched.partitions[0].state == fetch_phase::fetch);
  CHECK(fetched.partitions[0].records == 3);
  CHECK(fetched.partitions[0].bytes == fetched.bytes);
  CHECK(fetched.partitions[0].fetching == offset(3));
  CHECK(broker_of(f.cluster).round_trip.max < 30'000);  // what a broker holds back is no round trip
}

TEST_CASE("records below the position are for nobody, and not counted") {
  consumer_script f;
  f.log_start[a0] = 1;
  f.assign({a0});
  f.answer_fetch(error_code::none, three_records(0));
  CHECK(consumer_of(f).records == 2);
}

TEST_CASE("an answer that is an error has no records, and one for another life of the position neither") {
  consumer_script refused;
  refused.assign({a0});
  refused.answer_fetch(error_code::not_leader_or_follower);
  CHECK(consumer_of(refused).fetches == 1);
  CHECK(consumer_of(refused).records == 0);

  consumer_script f;
  f.assign({a0});
  f.seek(a0, 100);
  REQUIRE(f.cluster.held.size() == 2);
  f.cluster.held.pop_back();
  f.answer_fetch(error_code::none, three_records(0));
  CHECK(consumer_of(f).fetches == 1);
  CHECK(consumer_of(f).records == 0);
  CHECK(consumer_of(f).partitions.at(0).records == 0);
}

TEST_CASE("what lies in the hand-off is said as it is there, and the lag is to the end that may be seen") {
  auto options = consuming();
  consumer_script f(options);
  f.assign({a0, a1});
  CHECK(!consumer_of(f).partitions.at(0).lag);
  f.sink.lies.waiting_bytes = 500;
  f.sink.lies.leased_bytes = 40;
  f.sink.lies.budget = 1000;
  f.sink.lies.partitions.push_back({a1, offset(10), offset(25), offset(20), offset(2), 7, 500});
  const auto all = consumer_of(f);
  CHECK(all.waiting_bytes == 500);
  CHECK(all.leased_bytes == 40);
  CHECK(all.prefetch_limit == 1000);
  REQUIRE(all.partitions.size() == 2);
  CHECK(!all.partitions[0].lag);
  CHECK(all.partitions[1].lag == 15);
  CHECK(all.partitions[1].position == offset(10));
  CHECK(all.partitions[1].high_watermark == offset(25));
  CHECK(all.partitions[1].last_stable == offset(20));
  CHECK(all.partitions[1].log_start == offset(2));
  CHECK(all.partitions[1].waiting_records == 7);
  CHECK(all.partitions[1].waiting_bytes == 500);
  options.consumer->level = isolation::read_committed;
  consumer_script committed(options);
  committed.assign({a1});
  committed.sink.lies = f.sink.lies;
  CHECK(consumer_of(committed).partitions.at(0).lag == 10);
}

TEST_CASE("a commit is known where it was answered well, and counted either way") {
  consumer_script f(consuming("g"));
  f.assign({a0, a1});
  auto code = error_code::none;
  f.cluster.answer<wire::offset_commit_request>(
      [&](const auto& asked) { return commit_answer(asked, code); });
  const auto commit = [&](const topic_partition& at, std::int64_t next) {
    f.cluster.core.commit({{at, offset(next), {}, {}}}, ms(500), {}, f.cluster.now, f.cluster.out);
    f.cluster.settle();
  };
  CHECK(consumer_of(f).partitions.at(0).committed == offset(-1));
  commit(a0, 12);
  CHECK(consumer_of(f).commits == 1);
  CHECK(consumer_of(f).failed_commits == 0);
  CHECK(consumer_of(f).partitions.at(0).committed == offset(12));
  CHECK(consumer_of(f).partitions.at(1).committed == offset(-1));
  code = error_code::offset_metadata_too_large;
  commit(a0, 15);
  CHECK(consumer_of(f).commits == 2);
  CHECK(consumer_of(f).failed_commits == 1);
  CHECK(consumer_of(f).partitions.at(0).committed == offset(12));
}

TEST_CASE("a paused partition says so, and one that is gone is not listed") {
  consumer_script f;
  f.assign({a0, a1});
  f.cluster.core.pause({a1});
  CHECK(!consumer_of(f).partitions.at(0).paused);
  CHECK(consumer_of(f).partitions.at(1).paused);
  CHECK(!consumer_of(f).in_group);
  f.assign({a1});
  REQUIRE(consumer_of(f).partitions.size() == 1);
  CHECK(consumer_of(f).partitions[0].at == a1);
}
