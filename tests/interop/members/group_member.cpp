// group_member BOOTSTRAP GROUP TOPIC PROTOCOL: a member of a group by the classic protocol (cooperative-sticky) or KIP-848, whose words
// are those of Apache Kafka's VerifiableConsumer, one JSON object a line:
//
//   partitions_assigned, partitions_revoked, partitions_lost   what it is given and gives up: between two polls, a revocation
//                                                              after two seconds for which the group has to wait
//   records_consumed                                           how many, by partition, from which offset to which
//   offsets_committed                                          behind them, and whether the coordinator took it
//
// Ends with SIGTERM, having left the group.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <klamm/klamm.hpp>

namespace {

using namespace klamm;
using namespace std::chrono_literals;

volatile std::sig_atomic_t stopped = 0;

/// One whole line by one call: callbacks come on another thread.
void say(std::string_view name, std::string_view more = {}) {
  const auto now = std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch());
  const auto line = fmt::format("{{\"timestamp\":{},\"name\":\"{}\"{}}}\n", now.count(), name, more);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

std::string place(const TopicPartition& at) {
  return fmt::format("\"topic\":\"{}\",\"partition\":{}", at.topic, at.partition.value);
}

void tell(const Rebalance& change) {
  constexpr const char* names[] = {"partitions_assigned", "partitions_revoked", "partitions_lost"};
  std::vector<std::string> all;
  for (const auto& at : change.partitions()) all.push_back("{" + place(at) + "}");
  say(names[change.kind()], fmt::format(",\"partitions\":[{}]", fmt::join(all, ",")));
}

/// Changes come on the client's thread, and are told by the loop; a revocation when the work of a while is done: for as long the group
/// has to wait.
class changes {
 public:
  void take(Rebalance change) {
    const std::lock_guard held(lock_);
    const bool at_once = closing_ || change.kind() != Rebalance::revoked;
    waiting_.push_back({std::move(change), clock::now() + (at_once ? 0s : work)});
    if (closing_) tell_due();
  }
  void tell_those_due() {
    const std::lock_guard held(lock_);
    tell_due();
  }
  void close() {
    const std::lock_guard held(lock_);
    closing_ = true;
    for (auto& [change, due] : waiting_) due = clock::now();
    tell_due();
  }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds work{2};
  struct waiting {
    Rebalance change;
    clock::time_point due;
  };

  void tell_due() {
    while (!waiting_.empty() && waiting_.front().due <= clock::now()) {
      tell(waiting_.front().change);
      waiting_.pop_front();
    }
  }

  std::mutex lock_;
  bool closing_ = false;
  std::deque<waiting> waiting_;
};

/// Passes the records; what is behind them.
std::vector<TopicPartitionOffset> consume(Records records) {
  std::vector<TopicPartitionOffset> behind;
  std::vector<std::string> all;
  const auto parts = records.by_partition();
  for (const auto& part : parts) {
    Offset first, last;
    std::int64_t count = 0;
    for (const auto& record : part) {
      if (count++ == 0) first = record.offset();
      last = record.offset();
    }
    if (count == 0) continue;
    all.push_back(fmt::format("{{{},\"count\":{},\"minOffset\":{},\"maxOffset\":{}}}",
                              place(part.partition()), count, first.value, last.value));
    behind.push_back({part.partition(), Offset(last.value + 1)});
  }
  if (!behind.empty()) say("records_consumed", fmt::format(",\"partitions\":[{}]", fmt::join(all, ",")));
  return behind;
}

void commit(Consumer& consumer, const std::vector<TopicPartitionOffset>& behind) {
  const auto done = consumer.commit(behind, as_result);
  std::vector<std::string> all;
  all.reserve(behind.size());
  for (const auto& one : behind)
    all.push_back(fmt::format("{{{},\"offset\":{}}}", place(one.at), one.next.value));
  say("offsets_committed",
      fmt::format(",\"success\":{},\"error\":\"{}\",\"offsets\":[{}]", static_cast<bool>(done),
                  done ? std::string_view() : done.error().name(), fmt::join(all, ",")));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) return std::cerr << "usage: group_member BOOTSTRAP GROUP TOPIC classic|consumer\n", 2;
  std::signal(SIGTERM, [](int) { stopped = 1; });
  changes told;
  const bool classic = std::string_view(argv[4]) == "classic";
  Consumer consumer(argv[1], {.group_id = argv[2],
                              .group_protocol = classic ? GroupProtocol::classic : GroupProtocol::consumer,
                              .assignors = {"cooperative-sticky"},
                              .auto_offset_reset = earliest,
                              .auto_commit = std::nullopt,
                              .session_timeout = 6s,
                              .on_rebalance = [&](Rebalance change) { told.take(std::move(change)); }});
  consumer.subscribe({std::string_view(argv[3])});
  say("startup_complete");
  while (!stopped) {
    if (const auto behind = consume(consumer.poll(200ms)); !behind.empty()) commit(consumer, behind);
    told.tell_those_due();
  }
  told.close();
  consumer.close(10s);
  say("shutdown_complete");
  return 0;
} catch (const std::exception& failed) {
  std::cerr << "group_member: " << failed.what() << '\n';
  return 1;
}
