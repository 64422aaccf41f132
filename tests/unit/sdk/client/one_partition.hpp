// A source of batches with one partition, to script the sender with.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "batches.hpp"

namespace klamm::test {

/// The batches of one partition; each is ready as soon as it is there.
struct one_partition final : client::batch_source {
  const topic_partition& partition(client::partition_slot) const override { return at; }
  void collect_ready(time_point, std::vector<client::partition_slot>& out) override {
    if (std::exchange(fresh, false)) out.emplace_back(0);
  }
  time_point next_linger() const override { return never; }
  std::size_t front_bytes(client::partition_slot) const override {
    return waiting.empty() ? 0 : waiting.front()->sealed().encoded_size();
  }
  client::batch_ptr drain(client::partition_slot) override {
    if (waiting.empty()) return nullptr;
    auto first = std::move(waiting.front());
    waiting.pop_front();
    return first;
  }
  time_point oldest_opened() const override { return waiting.empty() ? never : waiting.front()->opened(); }
  void expire(time_point limit, const error& why) override {
    while (!waiting.empty() && waiting.front()->opened() <= limit) drain({})->failed(why);
  }
  void fail(client::partition_slot, const error& why) override {
    while (!waiting.empty()) drain({})->failed(why);
  }
  void shut(const error& why) override { fail({}, why); }
  client::source_load load() const override {
    client::source_load out;
    auto& lies = out.partitions.emplace_back();
    for (const auto& batch : waiting) {
      lies.records += static_cast<std::size_t>(batch->sealed().record_count);
      lies.bytes += batch->sealed().encoded_size();
    }
    return out;
  }

  void append(const std::string& name, time_point now, int records = 1) {
    waiting.push_back(std::make_unique<told_batch>(name, records, story, now));
    fresh = true;
  }

  topic_partition at{"a", partition_id(0)};
  std::deque<client::batch_ptr> waiting;
  bool fresh = false;
  std::vector<std::string> story;
};

}  // namespace klamm::test
