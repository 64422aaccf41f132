// The deliberate defects that the simulation must find: each is one line in the product, which a fault injector switches on.
//
// The points lie in rare paths, so how often each was passed is also what a run says of its coverage (see reached()).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/faults.hpp"

namespace klamm::sim {

/// What is simulated under a seed: whole clusters with their clients, or more roughly a part of one.
enum class storm_of { clusters, quorums, replicas };

struct planted_bug {
  std::string_view name;
  /// What the product does wrong under it, and what a run without it does at the same place.
  std::string_view breaks;
  std::string_view counted_as;
  /// Who finds it, and within how many seeds from the first.
  storm_of found_in = storm_of::clusters;
  std::uint64_t within = 200;
  /// What else guards against it, so that no seed can be asked to show it; empty: one has to.
  std::string_view unseen_because = {};
};

/// In the order of the record's way: producer, log, replica, group, consumer.
std::span<const planted_bug> planted_bugs();
const planted_bug* find_planted(std::string_view name);

/// What the machines of one run ask whether they shall fail.
class fault_plan final : public fault_injector {
 public:
  void plant(std::string_view name) { planted_.emplace(name); }
  bool fires(std::string_view name) override;
  /// `passed` is called whenever the point is passed, within the event that passes it; null: no more.
  void watch(std::string_view name, std::function<void()> passed) {
    watchers_[std::string(name)] = std::move(passed);
  }
  /// How often each point was passed, whether it fired or not.
  const std::map<std::string, std::uint64_t, std::less<>>& reached() const { return reached_; }

 private:
  std::set<std::string, std::less<>> planted_;
  std::map<std::string, std::uint64_t, std::less<>> reached_;
  std::map<std::string, std::function<void()>, std::less<>> watchers_;
};

}  // namespace klamm::sim
