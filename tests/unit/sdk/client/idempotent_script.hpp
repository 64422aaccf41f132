// An idempotent producer of one partition on a scripted cluster, and the words to script it with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "client/partition_order.hpp"
#include "one_partition.hpp"
#include "produce_answers.hpp"
#include "scripted_cluster.hpp"
#include "second.hpp"
#include "wire/batch_reader.hpp"
#include "wire/messages/init_producer_id.hpp"
#include "wire/messages/produce.hpp"

namespace klamm::client {

using strings = std::vector<std::string>;

inline wire::init_producer_id_response identified(producer_identity as) {
  wire::init_producer_id_response out;
  out.producer_id = as.id;
  out.producer_epoch = as.epoch;
  return out;
}

/// A producer to a topic whose requests lie at the broker until they are answered.
struct idempotent_script {
  test::one_partition source;
  test::scripted_cluster cluster{options(), nullptr, &source};
  producer_identity identity;  // who it is told that it is; an epoch of its own making is not here

  explicit idempotent_script(producer_epoch first = producer_epoch(0)) : identity{producer_id(9), first} {
    cluster.topics["a"] = 1;
    cluster.answer<wire::init_producer_id_request>([this](const auto&) { return identified(identity); });
    cluster.hold<wire::produce_request>();
    cluster.core.start(cluster.now, cluster.out);
    cluster.settle();
  }
  static core_options options() {
    core_options out;
    out.producer.emplace();
    return out;
  }

  void produce(const std::string& name, int records = 1) {
    source.append(name, cluster.now.steady, records);
    cluster.core.records_ready(cluster.now, cluster.out);
    cluster.settle();
  }
  /// What lies at the broker: "epoch/sequence+records" of each batch, in the order of arrival.
  strings sent() const {
    strings out;
    for (const auto& request : cluster.held) {
      if (request.header.request_api_key != wire::produce_request::api) continue;
      const auto asked = request.read<wire::produce_request>();
      wire::batch_reader batches(asked.topic_data.at(0).partition_data.at(0).records->joined());
      wire::batch_view batch;
      REQUIRE(batches.next(batch) == wire::batch_reader::step::batch);
      const auto& h = batch.header();
      CHECK(h.producer_id == identity.id);
      out.push_back(fmt::format("{}/{}+{}", h.producer_epoch.value, h.base_sequence.value, h.record_count));
    }
    return out;
  }
  /// Answers the oldest request.
  void answer(error_code code, std::int64_t base = -1,
              std::function<void(wire::produce_response&)> change = {}) {
    REQUIRE(!cluster.held.empty());
    const auto request = cluster.held.front();
    cluster.held.erase(cluster.held.begin());
    auto out = test::answer_to(request.read<wire::produce_request>(), code, base);
    if (change) change(out);
    cluster.reply(request, out);
    cluster.settle();
  }
  /// The leader knows the producer: the sequences from 10 on are next.
  void establish() {
    produce("before", 10);
    answer(error_code::none, 0);
    source.story.clear();
  }
};

}  // namespace klamm::client
