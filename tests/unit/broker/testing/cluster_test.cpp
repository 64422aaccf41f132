// Clusters for applications' tests: brokers that die, pause and come back, faults of requests, and what the logs hold.
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include <klamm/klamm.hpp>
#include <klamm/testing.hpp>

namespace klamm::testing {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> values_in(const Cluster& cluster, std::string_view topic) {
  std::vector<std::string> values;
  for (const auto& record : cluster.records(topic)) values.push_back(record.value.value_or("null"));
  return values;
}

/// Listens where a broker would.
class held_port {
 public:
  explicit held_port(const std::string& address) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int reuse = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(descriptor_, 1) == 0);
  }
  ~held_port() { ::close(descriptor_); }
  held_port(const held_port&) = delete;
  held_port& operator=(const held_port&) = delete;

 private:
  int descriptor_;
};

errc code_of(const Result<RecordMetadata>& sent) {
  return sent ? errc::none : static_cast<errc>(sent.error().code().value());
}

TEST_CASE("records are told by partition and offset, with all that they consist of") {
  Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 2});
  CHECK(cluster.records("orders").empty());
  Producer producer(cluster.client());
  producer.send({.topic = "orders",
                 .key = "k",
                 .value = nullptr,
                 .headers = {{"why", "gone"}},
                 .partition = Partition(1)});
  producer.send({.topic = "orders", .value = "a", .partition = Partition(0), .timestamp = Timestamp(7ms)});
  producer.send({.topic = "orders", .value = "b", .partition = Partition(0)});
  REQUIRE(producer.flush());

  const auto records = cluster.records("orders");
  REQUIRE(records.size() == 3);
  CHECK(records[0].value == "a");
  CHECK(records[0].timestamp == Timestamp(7ms));
  CHECK(records[1].offset == Offset(1));
  CHECK(records[2].partition == Partition(1));
  CHECK(records[2].key == "k");
  CHECK_FALSE(records[2].value);
  CHECK(records[2].headers.size() == 1);
  CHECK_THROWS_AS(cluster.records("nothing"), Exception);
}

TEST_CASE(
    "a reply that is lost is one of a request that was done, which an idempotent producer does not do "
    "twice") {
  Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  cluster.create_topic({.name = "others", .partitions = 1});
  cluster.lose_reply(Api::produce, {.times = 2, .topic = "orders"});
  Producer producer(cluster.client());
  producer.send({.topic = "others", .value = "x"}).get();
  CHECK(cluster.faults_met() == 0);
  CHECK(producer.send({.topic = "orders", .value = "42"}).get().offset == Offset(0));
  CHECK(cluster.faults_met() == 2);
  CHECK(values_in(cluster, "orders") == std::vector<std::string>{"42"});
}

TEST_CASE(
    "a reply that is lost may have been written, and an attempt that cannot be known for the same doubles "
    "it") {
  Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  cluster.lose_reply(Api::produce);
  Producer producer(cluster.client(), {.idempotence = false});
  producer.send({.topic = "orders", .value = "42"}).get();
  CHECK(values_in(cluster, "orders") == std::vector<std::string>{"42", "42"});
}

TEST_CASE("a request that fails is not done, and says the error that was asked for") {
  Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  cluster.fail(Api::produce, errc::invalid_record);
  Producer producer(cluster.client());
  CHECK(code_of(producer.send({.topic = "orders", .value = "refused"}).get(as_result)) ==
        errc::invalid_record);
  CHECK(cluster.records("orders").empty());
  cluster.fail(Api::produce, errc::not_leader_or_follower, {.times = 3});
  producer.send({.topic = "orders", .value = "retried"}).get();
  CHECK(cluster.faults_met() == 4);
  CHECK(values_in(cluster, "orders") == std::vector<std::string>{"retried"});
}

TEST_CASE("faults meet the broker that they are for, and no reading of the cluster's own") {
  Cluster cluster(3);
  cluster.create_topic({.name = "orders", .partitions = 1, .replication = 3});
  Producer producer(cluster.client());
  producer.send({.topic = "orders", .value = "1"}).get();
  for (const auto api : {Api::fetch, Api::metadata, Api::list_offsets})
    cluster.fail(api, errc::unknown_server_error, {.times = 1000});
  CHECK(values_in(cluster, "orders") == std::vector<std::string>{"1"});
  CHECK(cluster.faults_met() == 0);  // followers fetch meanwhile
  cluster.heal();

  const auto leader =
      Admin(cluster.client()).describe_topics({"orders"})["orders"].value().partitions.at(0).leader;
  const NodeId other(leader.value % 3 + 1);
  cluster.fail(Api::produce, errc::invalid_record, {.broker = other});
  producer.send({.topic = "orders", .value = "2"}).get();
  cluster.fail(Api::produce, errc::invalid_record, {.broker = leader});
  CHECK(code_of(producer.send({.topic = "orders", .value = "3"}).get(as_result)) == errc::invalid_record);
}

TEST_CASE(
    "of several faults a request meets the first error, and those of other kinds; names that are not there "
    "meet nothing") {
  Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  Producer producer(cluster.client());
  cluster.fail(Api::produce, errc::invalid_record, {.topic = "no such"});
  producer.send({.topic = "orders", .value = "0"}).get();
  CHECK(cluster.faults_met() == 0);
  cluster.fail(Api::produce, errc::invalid_record);
  cluster.fail(Api::produce, errc::message_too_large);
  CHECK(code_of(producer.send({.topic = "orders", .value = "1"}).get(as_result)) == errc::invalid_record);
  CHECK(cluster.faults_met() == 1);
  CHECK(code_of(producer.send({.topic = "orders", .value = "2"}).get(as_result)) == errc::message_too_large);
}

TEST_CASE("a broker that cannot start says why, as often as it is tried, and starts when it can") {
  Cluster cluster(3);
  const auto addresses = cluster.client().bootstrap_servers;
  cluster.kill(NodeId(1));
  {
    const held_port occupied(addresses.substr(0, addresses.find(',')));
    for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(cluster.start(NodeId(1)), std::runtime_error);
  }
  cluster.start(NodeId(1));
  cluster.create_topic({.name = "orders", .partitions = 1, .replication = 3});
}

TEST_CASE("an answer that is delayed comes, later") {
  Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  cluster.delay(Api::produce, 50ms, {.topic = "orders"});
  auto client = cluster.client();
  client.close_timeout = 0ms;  // of the last record
  Producer producer(client, {.linger = 0ms});
  const auto begin = std::chrono::steady_clock::now();
  producer.send({.topic = "orders", .value = "1"}).get();
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
  cluster.delay(Api::produce, 10min);
  producer.send({.topic = "orders", .value = "2"});
  while (values_in(cluster, "orders").size() < 2) std::this_thread::yield();  // it is done
  // The cluster ends though an answer is still to come.
}

TEST_CASE("what one broker has, the others have when it dies, and it has it when it is back") {
  Cluster cluster(3);
  cluster.create_topic({.name = "orders", .partitions = 3, .replication = 3});
  Producer producer(cluster.client());
  const auto produce = [&](std::string_view value) {
    for (int partition = 0; partition < 3; ++partition)
      producer.send({.topic = "orders", .value = value, .partition = Partition(partition)});
    return bool(producer.flush());
  };
  REQUIRE(produce("whole"));
  cluster.kill(NodeId(2));
  REQUIRE(produce("without one"));
  CHECK(cluster.records("orders").size() == 6);
  cluster.start(NodeId(2));
  cluster.stop(NodeId(3));
  REQUIRE(produce("without another"));
  cluster.heal();
  CHECK(cluster.records("orders").size() == 9);
}

TEST_CASE("a cluster without a majority comes back when all its brokers do") {
  Cluster cluster(3);
  cluster.create_topic({.name = "orders", .partitions = 1, .replication = 3});
  Producer producer(cluster.client());
  producer.send({.topic = "orders", .value = "1"}).get();
  for (int node = 1; node <= 3; ++node) cluster.kill(NodeId(node));
  cluster.start(NodeId(1));  // returns, though it cannot serve alone
  cluster.heal();
  producer.send({.topic = "orders", .value = "2"}).get();
  CHECK(values_in(cluster, "orders") == std::vector<std::string>{"1", "2"});
}

TEST_CASE("a broker may die while requests wait whose answers would have come late") {
  Cluster cluster(3);
  cluster.create_topic({.name = "orders", .partitions = 1, .replication = 3});
  auto client = cluster.client();
  client.close_timeout = 0ms;
  Producer producer(client, {.linger = 0ms});
  producer.send({.topic = "orders", .value = "1"}).get();
  const auto leader = Admin(client).describe_topics({"orders"})["orders"].value().partitions.at(0).leader;
  for (int node = 1; node <= 3; ++node)
    if (NodeId(node) != leader) cluster.pause(NodeId(node));
  cluster.delay(Api::produce, 1s);
  producer.send({.topic = "orders", .value = "2"});
  while (cluster.faults_met() == 0) std::this_thread::yield();
  cluster.kill(leader);  // which lets go of the record that waits for its followers
  cluster.heal();
  CHECK(values_in(cluster, "orders").at(0) == "1");
}

TEST_CASE("a broker that pauses answers nothing until it goes on") {
  Cluster cluster;
  cluster.create_topic({.name = "orders", .partitions = 1});
  Producer producer(cluster.client());
  producer.send({.topic = "orders", .value = "1"}).get();
  cluster.pause(NodeId(1));
  auto sent = producer.send({.topic = "orders", .value = "2"});
  auto hurried = cluster.client();
  hurried.api_timeout = 100ms;
  CHECK(Admin(hurried).list_topics(as_result).error() == errc::timed_out);
  cluster.start(NodeId(1));
  CHECK(sent.get().offset == Offset(1));
  cluster.pause(NodeId(1));  // and the cluster ends all the same
}

TEST_CASE("what makes no sense is refused, and said") {
  CHECK_THROWS_AS(Cluster(0), std::runtime_error);
  CHECK_THROWS_AS(Cluster(1, {{"num.partition", "3"}}), std::runtime_error);
  Cluster cluster(2);
  CHECK_THROWS_WITH_AS(cluster.kill(NodeId(3)), "there is no broker 3: this cluster has 1 to 2",
                       std::invalid_argument);
  CHECK_THROWS_AS(cluster.fail(Api::fetch, errc::timed_out), std::invalid_argument);
  CHECK_THROWS_AS(cluster.lose_reply(Api::fetch, {.times = 0}), std::invalid_argument);
  CHECK_THROWS_AS(cluster.delay(Api::fetch, -1ms), std::invalid_argument);
}

}  // namespace
}  // namespace klamm::testing
