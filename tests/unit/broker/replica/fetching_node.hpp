// A node that leads what is fetched, and clients that fetch.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "../log/log_node.hpp"
#include "broker/replica/fetches.hpp"
#include "tests/unit/counting_entropy.hpp"

namespace klamm::broker::replica::test {

/// What a client was told of one partition.
struct told {
  partition_id id;
  error_code failure;
  std::size_t bytes;
  offset high_watermark;
};
/// The answer to a fetch, without what it looks into.
struct answered {
  error_code failure = error_code::none;
  std::int32_t session = 0;
  std::vector<told> partitions;

  std::vector<std::int32_t> ids() const {
    std::vector<std::int32_t> out;
    for (const auto& p : partitions) out.push_back(p.id.value);
    return out;
  }
};
using place = std::shared_ptr<std::optional<answered>>;
using list = std::vector<std::int32_t>;

struct position {
  std::int32_t partition;
  std::int64_t from = 0;
};
/// The defaults are a consumer that opens no session, and waits 500 ms for one byte.
struct fetch_spec {
  std::vector<position> partitions = {};
  std::int32_t min_bytes = 1, max_bytes = 1 << 20;
  int max_wait_ms = 500;
  std::int32_t session = 0, epoch = -1;
  std::vector<std::int32_t> forgotten = {};
  std::optional<link::connection_id> connection = {};  // none: one of its own
};

/// A node that leads orders-0 and orders-1.
struct fetching_node {
  explicit fetching_node(fetch_limits limits = {}, std::size_t memory_limit = 1 << 30)
      : memory(memory_limit), waiting(all, memory, limits, rng(2)) {
    node.expect([&](log::done_handler done) { all.open(std::move(done)); });
    std::vector<assignment> wanted;
    for (const std::int32_t id : {0, 1})
      wanted.push_back({{"orders", partition_id(id)},
                        topic_id,
                        {leader_epoch(0), self, {self}, {self}},
                        std::make_shared<partition_settings>()});
    all.apply(wanted, {}, [] {});
    node.settle();
    REQUIRE(all.all().size() == 2);
  }

  void produce(std::int32_t to, std::size_t value_size = 10) {
    all.find("orders", partition_id(to))
        ->produce(buffer_slice::own(log::test::make_batch({.value_size = value_size})), {}, node.contexts,
                  node.now, [](const produced& done) { REQUIRE(done.failure == error_code::none); });
    node.settle();
    waiting.run(node.now);
  }
  /// Leaves the disk alone.
  place send(const fetch_spec& spec) {
    wire::fetch_request request;
    request.min_bytes = spec.min_bytes;
    request.max_bytes = spec.max_bytes;
    request.max_wait_ms = millis(spec.max_wait_ms);
    request.session_id = spec.session;
    request.session_epoch = spec.epoch;
    if (!spec.partitions.empty()) request.topics.emplace_back().topic = "orders";
    for (const auto& p : spec.partitions) {
      auto& to = request.topics[0].partitions.emplace_back();
      to.partition = partition_id(p.partition);
      to.fetch_offset = offset(p.from);
      to.partition_max_bytes = 1 << 20;
    }
    if (!spec.forgotten.empty()) request.forgotten_topics_data.emplace_back().topic = "orders";
    for (const auto id : spec.forgotten)
      request.forgotten_topics_data[0].partitions.push_back(partition_id(id));
    auto answer = std::make_shared<std::optional<answered>>();
    waiting.fetch(
        request, spec.connection.value_or(next_connection()),
        [answer](const wire::fetch_response& said) { *answer = read(said); }, node.now);
    return answer;
  }
  place fetch(const fetch_spec& spec) {
    auto answer = send(spec);
    node.settle();
    return answer;
  }
  link::connection_id next_connection() { return link::connection_id(++connections); }
  void pass(int ms) {
    node.now.steady += std::chrono::milliseconds(ms);
    waiting.tick(node.now);
  }
  static answered read(const wire::fetch_response& said) {
    answered out{said.error_code, said.session_id, {}};
    for (const auto& topic : said.responses)
      for (const auto& p : topic.partitions)
        out.partitions.push_back({p.partition_index, p.error_code, p.records->size(), p.high_watermark});
    return out;
  }

  std::int64_t connections = 0;
  node_id self{1};
  uuid topic_id = *parse_uuid("2TsmqqM9ScCZBABU_Vw36A");
  klamm::test::counting_entropy entropy;
  link::reply_memory memory;
  log::test::log_node node;
  replicas all{*node.environment, node.now, entropy, {{"/data", "cluster", self}, {}, self}};
  fetches waiting;
};

}  // namespace klamm::broker::replica::test
