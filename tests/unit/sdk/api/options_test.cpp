#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include <klamm/options.hpp>

#include "api/engine.hpp"
#include "api/option_table.hpp"
#include "api/option_values.hpp"

using namespace std::chrono_literals;

namespace klamm::api {
namespace {

using properties = std::map<std::string, std::string>;

std::vector<ConfigFault> faults_of(client_kind kind, const properties& given) {
  option_set options;
  return read_properties(kind, given, options);
}

const ConfigFault* about(const std::vector<ConfigFault>& faults, std::string_view option) {
  const auto found = std::ranges::find(faults, option, &ConfigFault::option);
  return found == faults.end() ? nullptr : &*found;
}

option_set good() {
  return {.client = {.bootstrap_servers = "localhost:9092"}, .producer = {}, .consumer = {}};
}

}  // namespace

TEST_CASE("the defaults are right for every kind of client") {
  for (const auto kind : {client_kind::producer, client_kind::consumer, client_kind::admin})
    CHECK(check_options(kind, good()).empty());
}

TEST_CASE("all faults of a configuration are found at once, each with its option and its property") {
  auto options = good();
  options.client.bootstrap_servers = "";
  options.client.tls = Tls{.ca = "/nonexistent.pem"};
  options.producer.acks = Acks::leader;
  options.producer.max_in_flight = 6;
  options.producer.compression = {Codec::zstd, 23};
  options.producer.linger = -1ms;
  options.producer.buffer_memory = ByteSize(2048);
  options.producer.transaction_timeout = 0ms;
  const auto faults = check_options(client_kind::producer, options);
  for (const auto* option : {"bootstrap_servers", "tls", "acks", "max_in_flight", "compression.level",
                             "linger", "buffer_memory", "transaction_timeout"}) {
    CAPTURE(option);
    CHECK(about(faults, option));
  }
  CHECK(faults.size() == 8);
  CHECK(about(faults, "linger")->kafka_name == "linger.ms");
  CHECK(about(faults, "linger")->value == "-1");
}

TEST_CASE("transactions need idempotence, and a timeout that the protocol can carry") {
  auto options = good();
  options.producer.transactional_id = "copier";
  CHECK(check_options(client_kind::producer, options).empty());
  options.producer.idempotence = false;
  options.producer.transaction_timeout = Millis(std::int64_t{1} << 31);
  const auto faults = check_options(client_kind::producer, options);
  CHECK(about(faults, "transactional_id")->problem == "transactions need idempotence (enable.idempotence)");
  CHECK(about(faults, "transaction_timeout"));
  CHECK(faults.size() == 2);
}

TEST_CASE("a transactional producer out of the names of Java and of librdkafka, which are the same") {
  const auto [client, producer] = ProducerOptions::from_properties({{"bootstrap.servers", "localhost:9092"},
                                                                    {"transactional.id", "copier-1"},
                                                                    {"transaction.timeout.ms", "15000"}});
  CHECK(producer.transactional_id == "copier-1");
  CHECK(producer.transaction_timeout == 15s);
}

TEST_CASE("a delivery timeout that ends before the first answer is due is refused") {
  auto options = good();
  options.producer.linger = 10s;
  options.producer.delivery_timeout = 39'999ms;
  CHECK(about(check_options(client_kind::producer, options), "delivery_timeout"));
  options.producer.delivery_timeout = 40s;
  CHECK(check_options(client_kind::producer, options).empty());
}

TEST_CASE("forever is a time like any other") {
  auto options = good();
  options.client.request_timeout = options.producer.delivery_timeout = options.producer.max_block = forever;
  CHECK(check_options(client_kind::producer, options).empty());
  options.producer.delivery_timeout = 120s;
  CHECK(about(check_options(client_kind::producer, options), "delivery_timeout"));
  options.consumer.fetch_max_wait = options.consumer.session_timeout = options.consumer.max_poll_interval =
      forever;
  CHECK(check_options(client_kind::consumer, options).empty());
  CHECK(told_to_brokers(forever) == duration(Millis(INT32_MAX)));
  CHECK(told_to_brokers(5s) == duration(5s));
}

TEST_CASE("what is not supported yet is refused, not ignored") {
  auto options = good();
  options.consumer.progress = Progress::by_acknowledge;
  options.consumer.group_instance_id = "1";
  const auto faults = check_options(client_kind::consumer, options);
  CHECK(faults.size() == 2);
  CHECK(about(faults, "progress")->problem.ends_with("not supported yet"));
  CHECK(about(faults, "group_instance_id")->problem == "static membership needs a group_id");
}

TEST_CASE("a producer's faults are not a consumer's") {
  auto options = good();
  options.producer.max_in_flight = 0;
  CHECK(check_options(client_kind::consumer, options).empty());
}

TEST_CASE("properties are taken under Kafka's names and librdkafka's") {
  const auto [client, producer] = ProducerOptions::from_properties({{"metadata.broker.list", "a:1,b"},
                                                                    {"queue.buffering.max.ms", " 20 "},
                                                                    {"batch.size", "65536"},
                                                                    {"compression.codec", "gzip"},
                                                                    {"compression.gzip.level", "7"},
                                                                    {"acks", "-1"},
                                                                    {"partitioner", "murmur2_random"}});
  CHECK(client.bootstrap_servers == "a:1,b");
  CHECK(producer.linger == 20ms);
  CHECK(producer.batch_size == ByteSize(65536));
  CHECK(producer.compression.codec == Codec::gzip);
  CHECK(producer.compression.level == 7);
  CHECK(producer.acks == Acks::all);
  CHECK(producer.partitioner.kind() == Partitioner::Kind::java);
}

TEST_CASE("a consumer's properties, with Java's class names and the reset by duration of KIP-1106") {
  const auto [client, consumer] = ConsumerOptions::from_properties(
      {{"group.id", "g"},
       {"auto.offset.reset", "by_duration:P1DT2H30M"},
       {"enable.auto.commit", "false"},
       {"auto.commit.interval.ms", "100"},
       {"isolation.level", "read_committed"},
       {"partition.assignment.strategy",
        "org.apache.kafka.clients.consumer.CooperativeStickyAssignor, roundrobin"}});
  CHECK(client.bootstrap_servers.empty());
  CHECK(consumer.group_id == "g");
  CHECK(consumer.auto_offset_reset.to == OffsetReset::duration);
  CHECK(consumer.auto_offset_reset.back == 26h + 30min);
  CHECK(!consumer.auto_commit);
  CHECK(consumer.isolation == Isolation::read_committed);
  CHECK(consumer.assignors == std::vector<std::string>{"cooperative-sticky", "roundrobin"});
}

TEST_CASE("an unknown property is refused with the nearest that is known") {
  const auto faults = faults_of(client_kind::producer, {{"linger.msec", "5"}, {"xyzzy", "1"}});
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].kafka_name == "linger.msec");
  CHECK(faults[0].problem == "no such property; did you mean linger.ms?");
  CHECK(faults[1].problem == "no such property");
}

TEST_CASE("a property of another kind of client is refused as such") {
  const auto faults = faults_of(client_kind::producer, {{"group.id", "g"}});
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].problem == "this kind of client does not have it");
}

TEST_CASE(
    "properties without an option here are accepted where they change nothing, and refused with a reason "
    "otherwise") {
  CHECK(faults_of(client_kind::producer,
                  {{"key.serializer", "StringSerializer"}, {"security.protocol", "PLAINTEXT"}})
            .empty());
  const auto faults = faults_of(client_kind::producer, {{"partitioner.ignore.keys", "true"}});
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].problem == "give a partitioner that ignores keys, or round_robin");
}

TEST_CASE("two names of one option have to agree") {
  CHECK(faults_of(client_kind::producer, {{"linger.ms", "5"}, {"queue.buffering.max.ms", "5"}}).empty());
  const auto faults = faults_of(client_kind::producer, {{"linger.ms", "5"}, {"queue.buffering.max.ms", "6"}});
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].problem == "linger.ms says 5: give one of them");
}

TEST_CASE("values that are no numbers, out of range, or too large for their field are refused") {
  for (const auto* value : {"", "5ms", "1.5", "-1", "99999999999999999999"}) {
    CAPTURE(value);
    CHECK(faults_of(client_kind::producer, {{"linger.ms", value}}).size() == 1);
  }
  CHECK(faults_of(client_kind::producer, {{"max.in.flight", "4294967297"}}).size() == 1);
  CHECK(faults_of(client_kind::consumer, {{"enable.auto.commit", "maybe"}}).size() == 1);
  CHECK(faults_of(client_kind::consumer, {{"auto.offset.reset", "by_duration:1h"}}).size() == 1);
}

TEST_CASE("from_properties throws one ConfigError with every fault, whose text names them") {
  try {
    ProducerOptions::from_properties({{"linger.ms", "x"}, {"acks", "2"}});
    FAIL("nothing was thrown");
  } catch (const ConfigError& thrown) {
    CHECK(thrown.faults().size() == 2);
    CHECK(thrown.error() == errc::invalid_options);
    CHECK(thrown.error().message() ==
          "cannot configure the client: 2 options are wrong\n"
          "  linger (linger.ms) = x: not a whole number of milliseconds\n"
          "  acks = 2: it has to be one of all, -1, 1, 0");
  }
}

TEST_CASE("every key says its default in its own range, and reads what it shows") {
  const auto defaults = good();
  for (const auto& key : option_keys()) {
    CAPTURE(key.field);
    CHECK(!key.check(defaults));
    CHECK(!key.field.empty());
    CHECK(!key.type.empty());
    auto read = good();
    if (!key.show(defaults).empty() && key.show(defaults) != "a function")
      CHECK(!key.read(read, key.show(defaults)));
  }
}

TEST_CASE("no property stands in the tables twice") {
  std::vector<std::string_view> names;
  for (const auto& key : option_keys())
    if (!key.name.empty()) names.push_back(key.name);
  for (const auto& key : foreign_keys()) names.push_back(key.name);
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("ISO 8601 durations of days to seconds") {
  CHECK(parse_iso_duration("P1D") == 24h);
  CHECK(parse_iso_duration("PT1M") == 1min);
  CHECK(parse_iso_duration("P2W") == 336h);
  for (const auto* text : {"", "P", "PT", "1D", "P1M", "PT1D", "P1DT", "PT1S1M", "PT-1S", "PT1"}) {
    CAPTURE(text);
    CHECK(!parse_iso_duration(text));
  }
}

}  // namespace klamm::api
