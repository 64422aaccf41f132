#include "broker/replica/partition.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "wire/crc32c.hpp"

using namespace klamm;
using namespace klamm::broker;
using namespace klamm::broker::replica;
using log::test::batch_spec;

namespace {

/// A partition that this node leads alone, over a log on a simulated disk.
struct lone_leader {
  explicit lone_leader(partition_settings how = {}) {
    node.create();
    led.emplace(*node.log, around, std::make_shared<partition_settings>(std::move(how)));
    led->lead({leader_epoch(0), self, {self}, {self}});
  }

  std::optional<produced> produce(const batch_spec& batch, produce_how how = {}) {
    const auto answer = std::make_shared<std::optional<produced>>();
    led->produce(buffer_slice::own(log::test::make_batch(batch)), how, contexts, node.now,
                 [answer](produced done) { *answer = std::move(done); });
    node.settle();
    led->on_durable();
    return *answer;
  }

  node_id self{1};
  log::test::log_node node;
  wire::compressor contexts;
  surroundings around{.self = self, .clock = node.now};
  std::optional<partition> led;
};

constexpr batch_spec in_a_transaction{.producer = producer_id(7),
                                      .epoch = producer_epoch(0),
                                      .first_sequence = sequence(0),
                                      .transactional = true};

}  // namespace

TEST_CASE("acks=all is answered once the log has the records durably, and so has the high watermark") {
  lone_leader leader;
  const auto answer = leader.produce({.records = 3});
  REQUIRE(answer);
  CHECK(answer->failure == error_code::none);
  CHECK(answer->base == offset(0));
  CHECK(leader.led->high_watermark() == offset(3));
}

// Time-based retention, rolling and lookups go by it: a producer must not decide them by a lie.
TEST_CASE("a greatest timestamp that no record has goes into the log as the records have it") {
  lone_leader leader;
  auto lying = log::test::make_batch({.records = 2, .at = timestamp(1000)});
  auto header = wire::batch_view(buffer_slice::own(std::vector(lying))).header();
  header.max_timestamp = timestamp(INT64_MAX);
  const auto body = bytes_view(lying).subspan(wire::batch_header_size);
  header.crc = wire::batch_crc(header, wire::crc32c(body), body.size());
  const auto head = wire::encoded_header(header);
  std::ranges::copy(head.view(), lying.begin());
  std::optional<produced> answer;
  leader.led->produce(buffer_slice::own(std::move(lying)), {}, leader.contexts, leader.node.now,
                      [&](produced done) { answer = std::move(done); });
  leader.node.settle();
  leader.led->on_durable();
  REQUIRE(answer);
  REQUIRE(answer->failure == error_code::none);
  const auto stored = leader.node.read(offset(0));
  REQUIRE(stored);
  const wire::batch_view batch(buffer_slice::own(stored->batches.flatten()));
  CHECK(batch.header().max_timestamp == timestamp(1001));
  CHECK(batch.crc_valid());
  CHECK(leader.node.find(timestamp(1002))->has_value() == false);
}

TEST_CASE("a leader that resigned takes nothing") {
  lone_leader leader;
  leader.led->resign();
  CHECK(leader.produce({})->failure == error_code::not_leader_or_follower);
}

TEST_CASE("who is told that leadership is lost, and tries again at once, finds that it is") {
  lone_leader leader;
  std::vector<error_code> told;
  const auto produce = [&](produced_handler done) {
    leader.led->produce(buffer_slice::own(log::test::make_batch({})), {}, leader.contexts, leader.node.now,
                        std::move(done));
  };
  produce([&](const produced& first) {
    told.push_back(first.failure);
    produce([&](const produced& second) { told.push_back(second.failure); });
  });
  leader.led->resign();
  CHECK(told == std::vector(2, error_code::not_leader_or_follower));
}

TEST_CASE("a partition whose log is lost says so, to who waits and to who comes, whoever is said to lead") {
  lone_leader leader;
  error_code waited = error_code::none;
  leader.led->produce(buffer_slice::own(log::test::make_batch({})), {}, leader.contexts, leader.node.now,
                      [&](const produced& done) { waited = done.failure; });
  leader.led->lose();
  CHECK(waited == error_code::kafka_storage_error);
  leader.led->lead({leader_epoch(1), leader.self, {leader.self}, {leader.self}});
  CHECK(leader.led->check_leader(leader_epoch(0)) == error_code::kafka_storage_error);
  CHECK(leader.produce({})->failure == error_code::kafka_storage_error);
}

TEST_CASE("acks=all asks for as many members in sync as the topic does, acks=1 does not") {
  lone_leader leader;
  const node_id other{2};
  leader.led->configure(std::make_shared<partition_settings>(partition_settings{.min_insync_replicas = 2}));
  leader.led->lead({leader_epoch(1), leader.self, {leader.self, other}, {leader.self}});
  CHECK(leader.produce({})->failure == error_code::not_enough_replicas);
  CHECK(leader.produce({}, {.acks = required_acks::leader})->failure == error_code::none);
}

TEST_CASE("a batch is measured as the log would have it") {
  partition_settings how;
  how.max_message_bytes = 2000;
  how.recompress_with = wire::compression{wire::codec::none, std::nullopt};
  how.log.segment_bytes = 1500;
  lone_leader leader(how);
  const auto answer = [&](std::size_t size) {
    return leader.produce({.value_size = size, .codec = wire::codec::lz4})->failure;
  };
  CHECK(answer(3000) == error_code::message_too_large);
  CHECK(answer(1700) == error_code::record_list_too_large);
  CHECK(answer(1000) == error_code::none);
  CHECK(leader.node.log->end() == offset(1));
}

TEST_CASE("records are deleted up to the high watermark, and never come back") {
  lone_leader leader;
  for (int i = 0; i < 5; ++i) leader.produce({});
  auto& led = *leader.led;
  CHECK(*led.delete_records(offset(3)) == offset(3));
  CHECK(*led.delete_records(offset(1)) == offset(3));  // as they are already
  CHECK(led.delete_records(offset(6)).code() == error_code::offset_out_of_range);
  CHECK(led.delete_records(offset(-2)).code() == error_code::offset_out_of_range);
  CHECK(*led.delete_records(offset(-1)) == offset(5));
  SUBCASE("unless the topic is only compacted") {
    partition_settings compacted;
    compacted.log.delete_old = false;
    led.configure(std::make_shared<partition_settings>(compacted));
    CHECK(led.delete_records(offset(5)).code() == error_code::policy_violation);
  }
}

TEST_CASE(
    "a transactional batch without a transactional id would hold back the last stable offset: refused") {
  lone_leader leader;
  CHECK(leader.produce(in_a_transaction)->failure == error_code::transactional_id_authorization_failed);
  CHECK(leader.node.log->end() == offset(0));
}

TEST_CASE("a transactional batch of a transaction that nobody began is refused") {
  lone_leader leader;
  CHECK(leader.produce(in_a_transaction, {.transactional = true})->failure == error_code::invalid_txn_state);
  CHECK(leader.node.log->end() == offset(0));
  CHECK(leader.node.log->last_stable_offset() == offset(0));
}
