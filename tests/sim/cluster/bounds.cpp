#include "tests/sim/cluster/bounds.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "broker/log/file_turns.hpp"

namespace klamm::sim {
namespace {

/// Of the metadata, of checkpoints, and of segments that are read at this moment.
constexpr std::size_t files_besides = 16;
/// The largest batch, answer or read in these runs.
constexpr std::size_t most_of_one = 1 << 20;

using partitions = std::vector<broker::replica::partition*>;

struct amount {
  std::string_view of;
  std::size_t held, most;
};

/// What the disk has not taken is in memory alone, in chunks that are filled half at least, but for the last of each log.
amount newest_batches(const broker::log::tail_memory& tail, const partitions& replicas) {
  auto most = tail.budget() + most_of_one;  // of the metadata's log
  for (const auto* const one : replicas)
    most += 2 * static_cast<std::size_t>(one->log().unflushed_bytes()) + most_of_one;
  return {"newest batches", tail.used(), most};
}

/// A replica that is being removed keeps its files until nothing of them is written any more: those are not counted.
amount files(const disk& on, const partitions& replicas, std::size_t readers) {
  auto most = readers + broker::log::file_turns::usual + files_besides;
  for (const auto* const one : replicas) most += 1 + one->log().unsynced_segments();
  auto held = on.kept_open();
  if (held <= most) return {"files", held, most};
  std::size_t of_replicas = files_besides;
  for (const auto* const one : replicas) of_replicas += on.open_inside(one->log().directory());
  return {"files", std::min(held, of_replicas), most};
}

}  // namespace

std::optional<std::string> beyond_bounds(broker::node::node& of, const disk& on, std::size_t readers) {
  const auto replicas = of.data() ? of.data()->replicas().all() : partitions();
  const auto connections = of.connections() * most_of_one;
  const auto& clients = of.client_memory();
  const auto& controllers = of.controller_memory();
  std::vector<amount> all{
      {"requests of clients", clients.requests.held(), clients.requests.limit() + connections},
      {"answers to clients", clients.replies.held(), clients.replies.limit() + connections},
      {"requests of controllers", controllers.requests.held(), controllers.requests.limit() + connections},
      {"answers to controllers", controllers.replies.held(), controllers.replies.limit() + connections},
      newest_batches(of.tail(), replicas)};
  if (of.current_state() == broker::node::node::state::serving && of.data())
    all.push_back(files(on, replicas, readers));
  for (const auto& one : all)
    if (one.held > one.most)
      return fmt::format("{}: {} are held, {} at most may be", one.of, one.held, one.most);
  return std::nullopt;
}

}  // namespace klamm::sim
