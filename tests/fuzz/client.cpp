// A consumer in a group against brokers that answer anything. Answers begin as right ones; the input says what becomes of each:
//
//   byte   what happens to the answer
//   ----   -------------------------------------------------------------------
//   0..3   it stays right
//   4      one byte, at a place that the input gives, is replaced
//   5      it ends early
//   6      the input's next bytes stand in its place, behind the right header
//   7      the connections break instead
//   8      time passes first
//
// Whatever comes, nothing crashes, and the client closes within its deadline.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "../unit/sdk/client/consumer_script.hpp"
#include "wire/messages/heartbeat.hpp"
#include "wire/messages/join_group.hpp"
#include "wire/messages/sync_group.hpp"

namespace klamm::client {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

class choices {
 public:
  explicit choices(bytes_view from) : from_(from) {}
  bool any() const { return !from_.empty(); }
  std::size_t next() {
    if (from_.empty()) return 0;
    const auto value = std::to_integer<std::size_t>(from_.front());
    from_ = from_.subspan(1);
    return value;
  }
  std::vector<std::byte> take(std::size_t count) {
    const auto taken = from_.first(std::min(count, from_.size()));
    from_ = from_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }

 private:
  bytes_view from_;
};

struct unruly_cluster {
  consumer_script script;
  choices from;

  explicit unruly_cluster(bytes_view input) : script(consuming("g")), from(input) {
    auto& cluster = script.cluster;
    cluster.answer<wire::join_group_request>([](const auto&) {
      wire::join_group_response out;
      out.generation_id = generation_id(1);
      out.protocol_type = "consumer";
      out.protocol_name = "range";
      out.leader = "m";
      out.member_id = "m";
      return out;
    });
    cluster.answer<wire::sync_group_request>([](const auto& asked) {
      wire::sync_group_response out;
      if (!asked.assignments.empty()) out.assignment = asked.assignments.front().assignment;
      return out;
    });
    cluster.answer<wire::heartbeat_request>([](const auto&) { return wire::heartbeat_response(); });
    cluster.spoil = [this](std::vector<std::byte>& body) { return spoil(body); };
  }

  /// A fetch waits for its round: a broker that always answers at once would be asked without end.
  void answer_fetches() {
    auto& cluster = script.cluster;
    for (const auto& request : std::exchange(cluster.held, {})) {
      if (request.header.request_api_key != wire::fetch_request::api) continue;
      const auto asked = request.read<wire::fetch_request>();
      wire::fetch_response out;
      if (!asked.topics.empty() && !asked.topics.front().partitions.empty()) {
        out = fetch_answer(asked, error_code::none);
        const auto from_offset = asked.topics[0].partitions[0].fetch_offset;
        out.responses[0].partitions[0].records = three_records(from_offset.value);
      }
      cluster.reply(request, out);
      cluster.settle();
    }
  }

  /// False: the answer does not arrive.
  bool spoil(std::vector<std::byte>& body) {
    switch (from.next() % 9) {
      case 4:
        if (const auto at = from.next() << 8 | from.next(); !body.empty())
          body[at % body.size()] = static_cast<std::byte>(from.next());
        return true;
      case 5: body.resize(from.next() % (body.size() + 1)); return true;
      case 6: body = from.take(from.next()); return true;
      case 7: return false;
      case 8:
        script.cluster.now.steady = after(script.cluster.now.steady, millis(1 << from.next() % 16));
        return true;
      default: return true;
    }
  }
};

void run(bytes_view input) {
  constexpr int most_rounds = 50;
  unruly_cluster world(input);
  auto& cluster = world.script.cluster;
  auto& sink = world.script.sink;
  cluster.core.subscribe({.topics = {"a"}}, cluster.now, cluster.out);
  for (int round = 0; round < most_rounds && world.from.any(); ++round) {
    cluster.pass(millis(200));
    for (const auto& event : std::exchange(sink.events, {}))
      cluster.core.rebalance_done(event.id, cluster.now, cluster.out);
    world.answer_fetches();
    if (std::exchange(cluster.broken, false)) cluster.cut();
  }
  bool closed = false;
  cluster.core.close(
      after(cluster.now.steady, second), [&](auto) { closed = true; }, cluster.now, cluster.out);
  cluster.pass(2 * second);
  require(closed);
}

}  // namespace
}  // namespace klamm::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  klamm::client::run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
