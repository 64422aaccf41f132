// What a history must not show of transactions.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/sim/history.hpp"

namespace klamm::sim {

history::decision history::decided(transaction_number which) const {
  const auto found = transactions_.find(which);
  return found == transactions_.end() ? decision::open : found->second;
}

history::transaction_number history::writer_of(value what) const {
  const auto send = sends_.find(what);
  return send == sends_.end() ? 0 : send->second.in;
}

void history::check_isolation(found& out) const {
  for (const auto& poll : polls_) {
    const auto writer = writer_of(poll.what);
    if (writer == 0) continue;
    const auto where = [&] {
      return fmt::format("{} of transaction {}, by reader {} at {}-{} offset {}", poll.what, writer,
                         poll.how.reader, poll.from.topic, poll.from.partition.value, poll.at.value);
    };
    if (decided(writer) == decision::aborted) out.push_back({anomaly_kind::aborted_read, where()});
    if (poll.before_commit) out.push_back({anomaly_kind::precommitted_read, where()});
  }
}

/// Those of writes alone first: what is left behind them has a read in it.
void history::check_cycles(writes order, found& out) const {
  const auto tell = [&out](transaction_graph& of, anomaly_kind kind) {
    for (auto circle = of.cycle(); !circle.empty(); circle = of.cycle()) {
      out.push_back({kind, fmt::format("transactions {}", fmt::join(circle, " -> "))});
      of.remove(circle);
    }
  };
  transaction_graph graph;
  if (order == writes::are_isolated) {
    follow_writes(graph);
    tell(graph, anomaly_kind::write_cycle);
  }
  follow_reads(graph);
  tell(graph, anomaly_kind::read_cycle);
}

void history::follow_writes(transaction_graph& to) const {
  std::map<topic_partition, std::map<offset, transaction_number>> logs;
  const auto put = [&](const topic_partition& in, offset at, value what) {
    const auto writer = writer_of(what);
    if (writer != 0 && decided(writer) != decision::aborted) logs[in].emplace(at, writer);
  };
  for (const auto& poll : polls_) put(poll.from, poll.at, poll.what);
  for (const auto& [what, send] : sends_)
    if (send.outcome == fate::acknowledged && send.at.value >= 0) put(send.to, send.at, what);
  for (const auto& [_, log] : logs) {
    transaction_number before = 0;
    for (const auto& [at, writer] : log) {
      if (before != 0) to.add(before, writer);
      before = writer;
    }
  }
}

void history::follow_reads(transaction_graph& to) const {
  for (const auto& poll : polls_) {
    const auto writer = writer_of(poll.what);
    if (writer == 0 || poll.how.in == 0) continue;
    if (decided(writer) != decision::aborted && decided(poll.how.in) != decision::aborted)
      to.add(writer, poll.how.in);
  }
}

}  // namespace klamm::sim
