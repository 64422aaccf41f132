// The sticky assignment where members want different topics: as balanced as subscriptions allow, and then as sticky as possible.
//
//   1. members keep what they own and still want
//   2. each free partition goes to the member with the fewest that wants it, of its rack first; scarce topics first
//   3. partitions move from members with more to members with fewer, until nothing improves; back to a former owner first
//   4. where that did not make the whole more even than it was, it is undone
#include <algorithm>
#include <utility>

#include "client/sticky_movements.hpp"
#include "client/sticky_problem.hpp"

namespace klamm::client {
namespace {

using member = sticky_problem::member;
using slot = sticky_problem::slot;
constexpr auto nobody = sticky_problem::nobody;

class general {
 public:
  explicit general(const sticky_problem& problem)
      : problem_(problem),
        mine_(problem.members.size()),
        owner_(problem.slots(), nobody),
        former_(find_former()) {}

  sticky_solution solve() {
    keep_owned();
    auto all = slots_by_scarcity();
    std::vector<slot> free;
    std::ranges::copy_if(all, std::back_inserter(free), [&](slot s) { return owner_[s] == nobody; });
    for (member m = 0; m < mine_.size(); ++m) by_load_.insert({mine_[m].size(), m});
    const bool fresh = by_load_.rbegin()->first == 0;

    give_free(free);
    std::erase_if(all, [&](slot s) { return !movable(problem_.topic_of[s]); });
    std::erase_if(free, [&](slot s) { return !movable(problem_.topic_of[s]); });
    for (member m = 0; m < mine_.size(); ++m)
      if (!takes_part(m)) by_load_.erase({mine_[m].size(), m});

    const auto before = mine_;
    const auto unevenness_before = unevenness();
    if (!revoked_) improve(free);
    if (improve(all) && !fresh && unevenness() >= unevenness_before) mine_ = before;
    return {std::move(mine_), std::nullopt};
  }

 private:
  /// By slot: who had it in an earlier generation than the newest.
  std::vector<member> find_former() const {
    std::vector<member> out(problem_.slots(), nobody);
    for (member m = 0; m < mine_.size(); ++m) {
      const auto& claim = problem_.claims[m];
      if (claim.generation >= problem_.max_generation) continue;
      for (const auto& at : claim.partitions) {
        const auto s = problem_.find(at);
        if (!s) continue;
        if (out[*s] == nobody || claim.generation > problem_.claims[out[*s]].generation) out[*s] = m;
      }
    }
    return out;
  }

  void keep_owned() {
    for (member m = 0; m < mine_.size(); ++m) {
      for (const auto s : problem_.owned[m]) {
        if (!wants(m, s) || problem_.rack_mismatch(m, s)) {
          revoked_ = true;
          continue;
        }
        mine_[m].push_back(s);
        owner_[s] = m;
      }
    }
  }

  std::vector<slot> slots_by_scarcity() const {
    std::vector<slot> out(problem_.slots());
    for (slot s = 0; s < out.size(); ++s) out[s] = s;
    std::ranges::sort(
        out, {}, [&](slot s) { return std::pair(problem_.subscribers[problem_.topic_of[s]].size(), s); });
    return out;
  }

  bool wants(member m, slot s) const { return problem_.subscribed[m].contains(problem_.topic_of[s]); }
  bool movable(sticky_problem::topic t) const { return problem_.subscribers[t].size() >= 2; }
  std::size_t most(member m) const {
    std::size_t sum = 0;
    for (const auto t : problem_.subscribed[m]) sum += problem_.first_slot[t + 1] - problem_.first_slot[t];
    return sum;
  }
  bool takes_part(member m) const {
    return mine_[m].size() < most(m) ||
           std::ranges::any_of(mine_[m], [&](slot s) { return movable(problem_.topic_of[s]); });
  }

  void give_free(const std::vector<slot>& free) {
    auto rest = free;
    if (problem_.by_rack) std::erase_if(rest, [&](slot s) { return give(s, true); });
    for (const auto s : rest) give(s, false);
  }

  bool give(slot s, bool in_rack) {
    const auto at = std::ranges::find_if(by_load_, [&](const auto& load) {
      return wants(load.second, s) && (!in_rack || !problem_.rack_mismatch(load.second, s));
    });
    if (at == by_load_.end()) return false;
    const auto m = at->second;
    by_load_.erase(at);
    mine_[m].push_back(s);
    owner_[s] = m;
    by_load_.insert({mine_[m].size(), m});
    return true;
  }

  bool balanced() const {
    if (by_load_.empty() || by_load_.begin()->first + 1 >= by_load_.rbegin()->first) return true;
    return std::ranges::none_of(by_load_, [&](const auto& load) { return could_take_more(load.second); });
  }
  bool could_take_more(member m) const {
    const auto count = mine_[m].size();
    if (count == most(m)) return false;
    for (const auto t : problem_.subscribed[m])
      for (slot s = problem_.first_slot[t]; s < problem_.first_slot[t + 1]; ++s)
        if (owner_[s] != m && owner_[s] != nobody && count + 1 < mine_[owner_[s]].size()) return true;
    return false;
  }

  bool improve(const std::vector<slot>& slots) {
    bool any = false, moved = true;
    while (std::exchange(moved, false)) {
      for (const auto s : slots) {
        if (balanced()) break;
        if (move_if_better(s)) any = moved = true;
      }
    }
    return any;
  }

  bool move_if_better(slot s) {
    const auto from = owner_[s];
    if (from == nobody) return false;
    const auto fewer = [&](member m) { return mine_[from].size() > mine_[m].size() + 1; };
    if (const auto back = former_[s]; back != nobody && wants(back, s) && fewer(back))
      return move(s, back), true;
    if (!std::ranges::any_of(problem_.subscribers[problem_.topic_of[s]], fewer)) return false;
    const auto least =
        std::ranges::find_if(by_load_, [&](const auto& load) { return wants(load.second, s); });
    if (least == by_load_.end()) return false;
    move(s, least->second);
    return true;
  }

  void move(slot wanted, member to) {
    const auto s = movements_.instead_of(wanted, problem_.topic_of[wanted], owner_[wanted], to);
    const auto from = owner_[s];
    movements_.record(s, problem_.topic_of[s], from, to);
    by_load_.erase({mine_[from].size(), from});
    by_load_.erase({mine_[to].size(), to});
    std::erase(mine_[from], s);
    mine_[to].push_back(s);
    owner_[s] = to;
    by_load_.insert({mine_[from].size(), from});
    by_load_.insert({mine_[to].size(), to});
  }

  /// The sum of all differences between two members that take part.
  std::size_t unevenness() const {
    std::size_t sum = 0, seen = 0, total = 0;
    for (const auto& [load, m] : by_load_) {
      sum += load * seen - total;
      total += load;
      ++seen;
    }
    return sum;
  }

  const sticky_problem& problem_;
  std::vector<std::vector<slot>> mine_;
  std::vector<member> owner_;   // by slot
  std::vector<member> former_;  // by slot
  std::set<std::pair<std::size_t, member>> by_load_;
  sticky_movements movements_;
  bool revoked_ = false;
};

}  // namespace

sticky_solution solve_general(const sticky_problem& problem) { return general(problem).solve(); }

}  // namespace klamm::client
