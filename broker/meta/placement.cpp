#include "broker/meta/placement.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace klamm::broker::meta {
namespace {

void shuffle(auto& list, rng& random) {
  for (auto i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random.below(i)]);
}

/// Brokers that take turns: each round begins one further than the last that asked.
class turns {
 public:
  void add(node_id id) { brokers_.push_back(id); }
  void begin(rng& random) {
    if (!brokers_.empty()) first_ = random.below(brokers_.size());
  }
  void mix(rng& random) { shuffle(brokers_, random); }
  /// Null: all had their turn in this round.
  std::optional<node_id> next(std::size_t round) {
    if (brokers_.empty()) return std::nullopt;
    if (round_ != round) {
      round_ = round;
      taken_ = 0;
      first_ = (first_ + 1) % brokers_.size();
    }
    if (taken_ == brokers_.size()) return std::nullopt;
    return brokers_[(first_ + taken_++) % brokers_.size()];
  }

 private:
  std::vector<node_id> brokers_;
  std::size_t first_ = 0, taken_ = 0, round_ = 0;
};

struct rack {
  turns live, fenced;

  std::optional<node_id> next(std::size_t round) {
    const auto id = live.next(round);
    return id ? id : fenced.next(round);
  }
};

class placer {
 public:
  placer(const image& state, rng& random) : random_(random) {
    std::map<std::optional<std::string>, rack> by_name;
    for (const auto& [id, broker] : state.cluster->brokers) {
      if (broker.in_controlled_shutdown) continue;
      auto& in = by_name[broker.rack];
      (broker.fenced ? in.fenced : in.live).add(id);
      ++brokers_;
      if (!broker.fenced) ++live_;
    }
    for (auto& [name, one] : by_name) {
      one.live.begin(random_);
      one.fenced.begin(random_);
      racks_.push_back(std::move(one));
    }
    if (!racks_.empty()) first_rack_ = random_.below(racks_.size());
  }

  std::size_t brokers() const { return brokers_; }
  std::size_t live() const { return live_; }

  /// Precondition: brokers() >= factor >= 1, and live() >= 1.
  std::vector<node_id> place(std::size_t factor) {
    if (since_mixed_ == live_ && live_ > 1) mix();  // all placements were made once: not the same ones again
    std::vector<node_id> replicas;
    auto leading = first_rack_;
    auto leader = racks_[leading].live.next(round_);
    while (!leader) leader = racks_[leading = following(leading)].live.next(round_);
    replicas.push_back(*leader);
    auto at = first_rack_;
    for (bool passed = false; replicas.size() < factor; at = following(at)) {
      if (at == leading && !std::exchange(passed, true)) continue;  // it has the first replica already
      if (const auto id = racks_[at].next(round_)) replicas.push_back(*id);
    }
    ++round_;
    ++since_mixed_;
    first_rack_ = following(first_rack_);
    return replicas;
  }

 private:
  std::size_t following(std::size_t rack) const { return (rack + 1) % racks_.size(); }
  void mix() {
    shuffle(racks_, random_);
    for (auto& one : racks_) {
      one.live.mix(random_);
      one.fenced.mix(random_);
    }
    since_mixed_ = 0;
  }

  rng& random_;
  std::vector<rack> racks_;
  std::size_t brokers_ = 0, live_ = 0, first_rack_ = 0, round_ = 0, since_mixed_ = 0;
};

error refuse(std::int64_t factor, std::string_view why) {
  return {error_code::invalid_replication_factor,
          fmt::format("Unable to replicate the partition {} time(s): {}", factor, why)};
}

}  // namespace

result<std::vector<std::vector<node_id>>> place_replicas(const image& state, std::size_t partitions,
                                                         std::int64_t factor, rng& random) {
  placer place(state, random);
  if (factor < 1)
    return refuse(
        factor,
        fmt::format("Invalid replication factor {}: the replication factor must be positive.", factor));
  if (place.live() == 0) return refuse(factor, "All brokers are currently fenced.");
  if (static_cast<std::size_t>(factor) > place.brokers())
    return refuse(factor, fmt::format("The target replication factor of {} cannot be reached because only {} "
                                      "broker(s) are registered.",
                                      factor, place.brokers()));
  std::vector<std::vector<node_id>> placed(partitions);
  for (auto& replicas : placed) replicas = place.place(static_cast<std::size_t>(factor));
  return placed;
}

result<void> check_assignment(const image& state, const std::vector<node_id>& replicas) {
  const auto wrong = [](std::string why) {
    return error(error_code::invalid_replica_assignment, std::move(why));
  };
  if (replicas.empty()) return wrong("The manual partition assignment includes an empty replica list.");
  std::set<node_id> seen;
  for (const auto id : replicas) {
    if (!state.broker(id))
      return wrong(fmt::format(
          "The manual partition assignment includes broker {}, but no such broker is registered.", id.value));
    if (!seen.insert(id).second)
      return wrong(
          fmt::format("The manual partition assignment includes the broker {} more than once.", id.value));
  }
  return {};
}

}  // namespace klamm::broker::meta
