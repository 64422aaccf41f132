// What must compile: the forms in which the public API is meant to be called, without Asio.
#include <array>
#include <map>
#include <string>
#include <vector>

#include <klamm/klamm.hpp>

using namespace std::chrono_literals;
using namespace klamm::literals;

static_assert(sizeof(klamm::Error) == 16 && sizeof(klamm::BytesView) == 16 && sizeof(klamm::Delivery) == 16);
static_assert(sizeof(klamm::Producer) == sizeof(void*) && sizeof(klamm::Consumer) == sizeof(void*));
static_assert(sizeof(klamm::Records) == sizeof(void*) && sizeof(klamm::SharedRecord) == sizeof(void*));
static_assert(!std::is_copy_constructible_v<klamm::RecordView> &&
              !std::is_move_constructible_v<klamm::RecordView>);
static_assert(!std::is_copy_constructible_v<klamm::Records> &&
              std::is_nothrow_move_constructible_v<klamm::Records>);
static_assert(!std::is_copy_constructible_v<klamm::Producer> &&
              std::is_nothrow_move_constructible_v<klamm::Producer>);
static_assert(std::is_copy_constructible_v<klamm::SharedRecord> &&
              std::is_copy_constructible_v<klamm::Error>);
static_assert(std::is_trivially_destructible_v<klamm::RecordRef>);
static_assert(64_KiB == klamm::ByteSize(65'536) && 1_MiB > 64_KiB);
static_assert(klamm::BytesView(nullptr).is_null() && !klamm::BytesView("").is_null() &&
              klamm::BytesView().is_null());
static_assert("a\0b"_bytes.size() == 3);

void send(klamm::Producer& producer, const std::string& key, const std::vector<std::byte>& bytes) {
  producer.send({.topic = "greetings", .key = "de", .value = "Guten Tag"});
  producer.send({.topic = "greetings", .key = key, .value = bytes, .timestamp = klamm::Timestamp(1s)});
  producer.send(
      {.topic = "greetings", .value = nullptr, .headers = {{"reason", "deleted"}, {"empty", nullptr}}});
  producer.send({.topic = "greetings", .value = "1"}, [](auto result) { static_cast<void>(result); });
  producer.async_send({.topic = "greetings"}, [](const klamm::Result<klamm::RecordMetadata>&) {});
  const std::array<klamm::HeaderRef, 1> headers{{{"trace", "1"}}};
  klamm::Headers owned;
  owned.add("trace", "1");
  const klamm::RecordRef records[] = {{.topic = "a", .headers = headers}, {.topic = "b", .headers = owned}};
  producer.send_batch(records);
  if (auto tried = producer.try_send(records[0])) tried->async_get([](auto) {});
  if (const auto report = producer.close(10s); !report && report.first_error->retriable())
    producer.async_flush(1s, [](auto) {});
}

void consume(klamm::Consumer& consumer, const std::vector<std::string>& names) {
  consumer.subscribe({"orders"});
  consumer.subscribe({"orders", "audit"});
  consumer.subscribe(names);
  consumer.assign({{"orders", klamm::Partition(0)}, {"orders", klamm::Partition(1)}});
  std::vector<klamm::SharedRecord> kept;
  std::vector<klamm::Record> copied;
  for (auto r : consumer.poll(1s)) {
    if (r.headers().last("trace") == "1") kept.push_back(r.keep());
    copied.push_back(r.to_record());
    consumer.commit(after(r));
  }
  for (auto part : consumer.poll(1s).by_partition())
    for (auto batch : part.by_batch())
      for (auto r : batch) static_cast<void>(r.value().bytes());
  auto all = consumer.poll(1s);
  all.done();
  consumer.async_poll(1s, [](auto records) { static_cast<void>(records); });
  const klamm::TopicPartition at{"orders", klamm::Partition(0)};
  consumer.seek(at, klamm::Offset(5));
  consumer.seek_to_end(at);
  consumer.seek_to_time({at}, klamm::Timestamp(1s));
  static_cast<void>(consumer.committed({at, at}));
  static_cast<void>(consumer.close(5s).committed);
}

void administer(klamm::Admin& admin) {
  auto made = admin.create_topics(
      {{.name = "orders", .partitions = 12, .replication = 3, .configs = {{"retention.ms", "86400000"}}},
       {.name = "audit", .partitions = 1, .replication = 3}});
  for (auto& [name, outcome] : made)
    if (!outcome && outcome.error() != klamm::errc::topic_already_exists) static_cast<void>(name);
  for (auto& [group, partitions] : admin.group_lag({"billing", "copier"}).values())
    for (auto& p : partitions) static_cast<void>(group.size() + static_cast<std::size_t>(p.lag));
  static_cast<void>(
      admin.create_topic({.name = "one", .configs = {{"cleanup.policy", "compact"}, {"a", "b"}}}));
  auto elected =
      admin.elect_leaders(klamm::ElectionType::preferred, klamm::TopicPartition{"a", klamm::Partition(0)});
  auto moved = admin.alter_partition_reassignments(
      {{.at = {"a", klamm::Partition(0)}, .replicas = std::vector{klamm::NodeId(1)}},
       {.at = {"a", klamm::Partition(1)}}});
  static_cast<void>(elected.size() + moved.size() + admin.list_partition_reassignments({}).size());
  static_cast<void>(admin.describe_quorum().voters.size() + admin.describe_features().finalized.size());
  admin.unregister_broker(klamm::NodeId(9));
  const klamm::TopicPartition at{"a", klamm::Partition(0)};
  for (auto& [partition, start] : admin.delete_records({{at, klamm::Offset(5)}}).values())
    static_cast<void>(partition.topic.size() + static_cast<std::size_t>(start.value));
  admin.delete_offsets("billing", at).check();
  admin.remove_members("billing", {{.group_instance_id = "one"}, {.member_id = "two"}}).check();
  admin.create_acls(klamm::AclBinding{.name = "orders", .principal = "User:alice"}).check();
  for (auto& [filter, gone] : admin.delete_acls(klamm::AclFilter{.name = "orders"}))
    static_cast<void>(to_string(filter).size() + gone->size());
  admin.alter_client_quotas(klamm::ClientQuotaChange{{{{"user", "alice"}}}, {{"producer_byte_rate", 1e6}}})
      .check();
  static_cast<void>(admin.describe_log_dirs().values().size() +
                    admin.list_transactions({.states = {"Ongoing"}}).size());
  admin.async_describe_cluster([](const klamm::Result<klamm::ClusterDescription>&) {});
}

void configure(klamm::CallbackQueue& queue) {
  klamm::ClientOptions cluster{.bootstrap_servers = "localhost:9092", .callbacks = queue.executor()};
  klamm::Consumer ticks(
      cluster, {.group_id = "ui", .auto_offset_reset = klamm::earliest, .auto_commit = std::nullopt});
  klamm::Producer clicks(cluster, {.linger = 20ms, .compression = {klamm::Codec::lz4}});
  klamm::Producer other("localhost:9092",
                        {.partitioner = [](const klamm::PartitionInput& in) { return in.available[0]; }});
  try {
    klamm::Producer made = klamm::Producer::create(cluster).value();
  } catch (const klamm::ConfigError& error) {
    static_cast<void>(error.faults().size());
  } catch (const klamm::Exception& error) {
    static_cast<void>(error.code() == std::errc::timed_out);
  }
}
