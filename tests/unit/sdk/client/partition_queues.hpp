// A source of batches with as many partitions as the test wants, to script the sender with.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "batches.hpp"

namespace klamm::test {

/// The batches of each partition, whose slot is its place in the list; each is ready as soon as it is there.
struct partition_queues : client::batch_source {
  using slot = client::partition_slot;
  struct queue {
    topic_partition at;
    std::deque<client::batch_ptr> waiting{};
    bool fresh = false;
  };

  explicit partition_queues(std::vector<topic_partition> of) {
    for (auto& at : of) queues.push_back({std::move(at)});
  }

  const topic_partition& partition(slot of) const override { return at(of).at; }
  void collect_ready(time_point, std::vector<slot>& out) override {
    for (std::size_t i = 0; i < queues.size(); ++i)
      if (std::exchange(queues[i].fresh, false)) out.emplace_back(static_cast<std::int32_t>(i));
  }
  time_point next_linger() const override { return never; }
  std::size_t front_bytes(slot of) const override {
    return at(of).waiting.empty() ? 0 : at(of).waiting.front()->sealed().encoded_size();
  }
  client::batch_ptr drain(slot of) override { return take(at(of)); }
  time_point oldest_opened() const override {
    auto out = never;
    for (const auto& q : queues)
      if (!q.waiting.empty()) out = std::min(out, q.waiting.front()->opened());
    return out;
  }
  void expire(time_point limit, const error& why) override {
    for (auto& q : queues)
      while (!q.waiting.empty() && q.waiting.front()->opened() <= limit) take(q)->failed(why);
  }
  void fail(slot of, const error& why) override {
    while (auto batch = drain(of)) batch->failed(why);
  }
  void shut(const error& why) override { expire(never, why); }
  client::source_load load() const override {
    client::source_load out;
    for (const auto& q : queues) {
      auto& lies = out.partitions.emplace_back();
      for (const auto& batch : q.waiting) {
        lies.records += static_cast<std::size_t>(batch->sealed().record_count);
        lies.bytes += batch->sealed().encoded_size();
      }
    }
    return out;
  }

  void append(std::size_t to, const std::string& name, time_point now, int records = 1) {
    queues.at(to).waiting.push_back(std::make_unique<told_batch>(name, records, story, now));
    queues[to].fresh = true;
  }

  std::deque<queue> queues;
  std::vector<std::string> story;

 private:
  queue& at(slot of) { return queues.at(static_cast<std::size_t>(of.value)); }
  const queue& at(slot of) const { return queues.at(static_cast<std::size_t>(of.value)); }
  static client::batch_ptr take(queue& from) {
    if (from.waiting.empty()) return nullptr;
    auto first = std::move(from.waiting.front());
    from.waiting.pop_front();
    return first;
  }
};

}  // namespace klamm::test
