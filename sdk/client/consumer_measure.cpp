// What the consumer's machines have counted, with what lies in the hand-off.
#include <algorithm>

#include "client/consumer_core.hpp"

namespace klamm::client {
namespace {

void add_load(measured_consumption& to, const sink_load::partition& load, isolation level) {
  to.position = load.position;
  to.high_watermark = load.high_watermark;
  to.last_stable = load.last_stable;
  to.log_start = load.log_start;
  to.waiting_records = load.records;
  to.waiting_bytes = load.bytes;
  const auto end = level == isolation::read_committed ? load.last_stable : load.high_watermark;
  if (end.value >= 0 && load.position.value >= 0) to.lag = std::max<std::int64_t>(0, end - load.position);
}

}  // namespace

measured_consumer consumer_core::measure(time_point now) const {
  auto out = fetcher_.measure(now);
  out.commits = commits_;
  out.failed_commits = failed_commits_;
  out.rebalances = member_->owned().rebalances();
  if (const auto last = member_->owned().last_rebalance(); last != never) out.since_rebalance = now - last;
  out.in_group = member_->subscribed();
  const auto load = sink_.load();
  out.waiting_bytes = load.waiting_bytes;
  out.leased_bytes = load.leased_bytes;
  out.prefetch_limit = load.budget;
  for (const auto& [at, p] : positions_.all()) {
    auto& one = out.partitions.emplace_back();
    one.at = at;
    one.state = p.at;
    if (const auto* topic = metadata_.now_known().find(at.topic))
      if (const auto* partition = topic->find(at.partition)) one.leader = partition->leader;
    one.paused = p.paused;
    one.fetching = p.position;
    // What transactions commit is not heard of here.
    one.committed = load.by_transactions ? offset() : p.committed;
    one.records = p.records;
    one.bytes = p.bytes;
    const auto in_sink = std::ranges::lower_bound(load.partitions, at, {}, &sink_load::partition::at);
    if (in_sink != load.partitions.end() && in_sink->at == at) add_load(one, *in_sink, options_.level);
  }
  return out;
}

}  // namespace klamm::client
