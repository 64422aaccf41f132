#include "broker/log/data_directory.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "log_node.hpp"

namespace klamm::broker::log::test {
namespace {

struct counting_entropy final : entropy_source {
  void fill(mutable_bytes to) override {
    for (auto& byte : to) byte = static_cast<std::byte>(++last);
  }
  int last = 0;
};

/// A node's disk with a whole data directory on it.
struct directory_node : data_directory_listener {
  directory_node() { node.disk.mount("/data"); }

  result<void> open(const std::string& cluster = "cluster", node_id id = node_id(1)) {
    directory.reset();
    node.restart();
    directory = std::make_unique<data_directory>(*node.environment,
                                                 data_directory_options{"/data", cluster, id}, *this);
    return node.wait([&](done_handler done) { directory->open(entropy, node.now, std::move(done)); });
  }
  void crash(sim::crash how) {
    directory.reset();
    node.crash(how);
  }
  partition_log& create(const std::string& topic) {
    const topic_partition partition{topic, partition_id(0)};
    node.expect([&](done_handler done) {
      directory->create({partition, random_uuid(entropy), ""}, options, offset(0), node.now, std::move(done));
    });
    return *directory->find(partition);
  }
  void append(partition_log& to, int batches) {
    for (int i = 0; i < batches; ++i)
      REQUIRE(to.append_as_leader(make_batch({}), leader_epoch(0), append_origin::client, node.now));
    node.settle();
  }
  partition_log* find(const std::string& topic) { return directory->find({topic, partition_id(0)}); }
  std::string text(const std::string& name) {
    const auto content = node.disk.content("/data/" + name);
    return content ? std::string(as_text(*content)) : "(none)";
  }

  log_options options_of(const topic_partition&) override { return options; }
  void on_durable(partition_log&) override {}
  void on_offline(partition_log&, const error&) override { ++logs_offline; }
  void on_directory_offline(const error&) override { ++offline; }

  log_node node;
  counting_entropy entropy;
  log_options options{.fsync = fsync_mode::ack, .segment_bytes = 2000};
  std::unique_ptr<data_directory> directory;
  int logs_offline = 0;
  int offline = 0;
};

TEST_CASE("a new directory gets an identity, and keeps it") {
  directory_node at;
  REQUIRE(at.open());
  const auto id = at.directory->id();
  CHECK(at.text("meta.properties") ==
        "#\nnode.id=1\ndirectory.id=" + to_string(id) + "\nversion=1\ncluster.id=cluster\n");
  REQUIRE(at.open());
  CHECK(at.directory->id() == id);
  CHECK(at.open("another").code() == error_code::inconsistent_cluster_id);
  CHECK(at.open("cluster", node_id(2)).code() == error_code::invalid_options);
}

TEST_CASE(
    "a clean stop is written down last, and the marker is gone before anything else happens (KAFKA-10471)") {
  directory_node at;
  REQUIRE(at.open());
  at.append(at.create("orders"), 5);
  at.find("orders")->set_high_watermark(offset(4));
  at.node.expect([&](done_handler done) { at.directory->close(165, std::move(done)); });
  CHECK(at.text(".kafka_cleanshutdown") == R"({"version":0,"brokerEpoch":165})");
  CHECK(at.text("recovery-point-offset-checkpoint") == "0\n1\norders 0 5\n");
  CHECK(at.text("replication-offset-checkpoint") == "0\n1\norders 0 4\n");
  REQUIRE(at.open());
  CHECK(at.directory->was_clean());
  CHECK(at.directory->last_broker_epoch() == 165);
  CHECK(at.text(".kafka_cleanshutdown") == "(none)");
  CHECK(at.find("orders")->end() == offset(5));
  CHECK(at.find("orders")->high_watermark() == offset(4));
  at.crash(sim::crash::power);
  REQUIRE(at.open());
  CHECK_FALSE(at.directory->was_clean());
  CHECK(at.find("orders")->end() == offset(5));
}

TEST_CASE("checkpoints are written when they are due, and before a truncation") {
  directory_node at;
  REQUIRE(at.open());
  auto& log = at.create("orders");
  CHECK(at.directory->deadline() == time_point(std::chrono::minutes(1)));
  at.append(log, 20);
  at.directory->tick({at.directory->deadline(), timestamp(6000)});
  at.node.settle();
  CHECK(at.text("recovery-point-offset-checkpoint") == "0\n1\norders 0 20\n");
  bool done = false;
  log.truncate_to(offset(7), [&](result<void> how) { done = how.has_value(); });
  while (log.size_bytes() == 20 * make_batch({}).size() && at.node.step()) {
  }
  CHECK(at.text("recovery-point-offset-checkpoint") == "0\n1\norders 0 7\n");
  at.node.settle();
  CHECK(done);
}

TEST_CASE("a full segment is vouched for soon, so that damage to it is not taken for a torn write") {
  directory_node at;
  REQUIRE(at.open());
  auto& log = at.create("orders");
  const auto soon = time_point(std::chrono::seconds(5));
  for (int i = 0; i < 40 && at.directory->deadline() > soon; ++i) at.append(log, 1);
  REQUIRE(at.directory->deadline() == soon);
  at.directory->tick({soon, timestamp(5000)});
  at.node.settle();
  const auto end = log.end();
  at.node.disk.flip_bit("/data/orders-0/" + segment_file(offset(0), file_kind::log), 100, 1);
  at.crash(sim::crash::kill);
  REQUIRE(at.open());
  CHECK(at.find("orders")->end() == end);
}

TEST_CASE("a checkpoint that came too early for a closed segment is followed by another soon") {
  directory_node at;
  REQUIRE(at.open());
  auto& log = at.create("orders");
  const auto soon = time_point(std::chrono::seconds(5)), later = time_point(std::chrono::seconds(10));
  for (int i = 0; i < 40 && at.directory->deadline() > soon; ++i)
    REQUIRE(log.append_as_leader(make_batch({}), leader_epoch(0), append_origin::client, at.node.now));
  at.directory->tick({soon, timestamp(5000)});
  CHECK(at.directory->deadline() == later);
  at.node.settle();
  at.directory->tick({later, timestamp(10'000)});
  CHECK(at.directory->deadline() == later + std::chrono::minutes(1));
  at.node.settle();
  CHECK(at.text("recovery-point-offset-checkpoint") == fmt::format("0\n1\norders 0 {}\n", log.end().value));
}

TEST_CASE("what was deleted stays so after a power cut, once the disk has the start") {
  directory_node at;
  REQUIRE(at.open());
  auto& log = at.create("orders");
  at.append(log, 5);
  log.set_high_watermark(offset(5));
  REQUIRE(log.advance_start(offset(3)));
  CHECK(log.start() == offset(3));
  CHECK(log.durable_start() == offset(0));
  at.node.settle();
  CHECK(log.durable_start() == offset(3));
  at.crash(sim::crash::power);
  REQUIRE(at.open());
  CHECK(at.find("orders")->start() == offset(3));
  CHECK(at.find("orders")->durable_start() == offset(3));
}

TEST_CASE("a checkpoint that cannot be read costs a longer scan") {
  directory_node at;
  REQUIRE(at.open());
  at.append(at.create("orders"), 5);
  at.node.expect([&](done_handler done) { at.directory->close(1, std::move(done)); });
  at.node.disk.put("/data/recovery-point-offset-checkpoint", std::vector<std::byte>(3));
  REQUIRE(at.open());
  CHECK_FALSE(at.directory->was_clean());
  CHECK(at.find("orders")->end() == offset(5));
}

TEST_CASE("a topic can be made again under its name at once, and what is left of it goes at the next start") {
  directory_node at;
  REQUIRE(at.open());
  at.append(at.create("orders"), 5);
  bool removed = false;
  at.directory->remove({"orders", partition_id(0)}, uuid{{7}},
                       [&](result<void> how) { removed = how.has_value(); });
  CHECK(at.find("orders") == nullptr);
  at.node.settle();
  CHECK(removed);
  auto& again = at.create("orders");
  CHECK(again.end() == offset(0));
  at.node.disk.put("/data/gone-0.00000000000000000000000000000000-delete/00000000000000000000.log", {});
  REQUIRE(at.open());
  at.node.settle();
  for (const auto& file : at.node.disk.files()) CHECK(file.find("-delete") == std::string::npos);
}

TEST_CASE("one failed disk operation takes the whole directory offline, once") {
  directory_node at;
  REQUIRE(at.open());
  auto& orders = at.create("orders");
  auto& users = at.create("users");
  at.node.disk.set_options({.sync_failure = 1});
  at.append(orders, 1);
  CHECK(at.offline == 1);
  CHECK(users.current_state() == partition_log::state::offline);
  CHECK(users.append_as_leader(make_batch({}), leader_epoch(0), append_origin::client, at.node.now).code() ==
        error_code::kafka_storage_error);
}

TEST_CASE("a log that could not be made takes the directory offline: it would stand there unusable") {
  directory_node at;
  REQUIRE(at.open());
  at.node.disk.set_options({.write_failure = 1});
  const log_identity unmade{{"orders", partition_id(0)}, random_uuid(at.entropy), ""};
  const auto made = at.node.wait([&](done_handler done) {
    at.directory->create(unmade, at.options, offset(0), at.node.now, std::move(done));
  });
  CHECK(!made);
  CHECK(at.offline == 1);
}

TEST_CASE("what the checkpoints say of a topic is not believed of the next one of its name") {
  directory_node at;
  at.options.fsync = fsync_mode::ack;
  REQUIRE(at.open());
  auto& first = at.create("orders");
  at.append(first, 50);
  first.set_high_watermark(offset(50));
  REQUIRE(first.advance_start(offset(40)));
  at.directory->tick({at.directory->deadline(), timestamp(6000)});
  at.node.settle();
  REQUIRE(at.text("log-start-offset-checkpoint") == "0\n1\norders 0 40\n");
  const auto gone = [](result<void>) {};
  SUBCASE("removed while it ran") {
    at.directory->remove({"orders", partition_id(0)}, uuid{{7}}, gone);
    at.append(at.create("orders"), 5);
  }
  SUBCASE("removed by hand") {
    at.crash(sim::crash::kill);
    for (const auto& file : at.node.disk.files())
      if (file.starts_with("/data/orders-0/")) at.node.disk.erase(file);
    at.node.disk.erase("/data/orders-0");
    REQUIRE(at.open());
    at.append(at.create("orders"), 5);
  }
  at.crash(sim::crash::power);
  REQUIRE(at.open());
  CHECK(at.find("orders")->start() == offset(0));
  CHECK(at.find("orders")->end() == offset(5));
}

TEST_CASE("a log that was cut below its start does not begin anew at the old one after a crash") {
  directory_node at;
  REQUIRE(at.open());
  auto& log = at.create("orders");
  at.append(log, 50);
  log.set_high_watermark(offset(50));
  REQUIRE(log.advance_start(offset(40)));
  at.directory->tick({at.directory->deadline(), timestamp(6000)});
  at.node.settle();
  at.node.expect([&](done_handler done) { log.truncate_to(offset(3), std::move(done)); });
  at.append(log, 2);
  at.crash(sim::crash::power);
  REQUIRE(at.open());
  CHECK(at.find("orders")->start() == offset(3));
  CHECK(at.find("orders")->end() == offset(5));
}

TEST_CASE("a recovery point above what is there is taken back before anything is appended in its place") {
  directory_node at;
  REQUIRE(at.open());
  at.append(at.create("orders"), 50);
  at.node.expect([&](done_handler done) { at.directory->close(1, std::move(done)); });
  at.node.disk.put("/data/orders-0/00000000000000000000.log", {});
  for (const auto& file : at.node.disk.files())
    if (file.starts_with("/data/orders-0/") && file.ends_with(".log") &&
        file.find("/00000000000000000000") == std::string::npos)
      at.node.disk.erase(file);
  REQUIRE(at.open());
  REQUIRE(at.find("orders")->end() == offset(0));
  CHECK(at.text("recovery-point-offset-checkpoint") == "0\n1\norders 0 0\n");
}

TEST_CASE("a directory that is gone is missed by the checkpoint, one that was deleted is not") {
  directory_node at;
  REQUIRE(at.open());
  at.append(at.create("orders"), 5);
  at.append(at.create("users"), 5);
  at.create("empty");
  at.directory->tick({at.directory->deadline(), timestamp(6000)});
  at.node.settle();
  SUBCASE("gone") {
    at.crash(sim::crash::kill);
    for (const auto& file : at.node.disk.files())
      if (file.starts_with("/data/orders-0/") || file.starts_with("/data/empty-0/")) at.node.disk.erase(file);
    at.node.disk.erase("/data/orders-0");
    at.node.disk.erase("/data/empty-0");
    REQUIRE(at.open());
    CHECK(at.node.said.count(log_level::error,
                             "/data/orders-0 is missing, although its offsets 0 to 4 were") == 1);
    CHECK(at.node.said.count(log_level::error, "") == 1);
  }
  SUBCASE("deleted") {
    at.node.expect([&](done_handler done) {
      at.directory->remove({"orders", partition_id(0)}, uuid{{7}}, std::move(done));
    });
    at.crash(sim::crash::power);
    REQUIRE(at.open());
    CHECK(at.node.said.count(log_level::error, "") == 0);
  }
}

TEST_CASE("a partition.metadata that cannot be read stops the start: the log is not taken for nobody's") {
  directory_node at;
  REQUIRE(at.open());
  at.append(at.create("orders"), 5);
  at.node.expect([&](done_handler done) { at.directory->close(1, std::move(done)); });
  const std::string file = "/data/orders-0/partition.metadata";
  at.node.disk.flip_bit(file, at.node.disk.content(file)->size() - 22, 7);
  const auto opened = at.open();
  REQUIRE(opened.code() == error_code::kafka_storage_error);
  CHECK(opened.failure().message.find("cannot use " + file + ": partition.metadata: cannot read the line") !=
        std::string::npos);
  CHECK(opened.failure().message.find("restore the file") != std::string::npos);
}

}  // namespace
}  // namespace klamm::broker::log::test
