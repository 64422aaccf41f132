// The sticky assignment where all members want the same topics: every member gets `low` partitions or one more, owned ones first.
//
//   1. members keep what they own, up to their quota; `remainder` members may have low + 1
//   2. free partitions go to members in their rack that are below quota, rarest racks first (KIP-881)
//   3. the rest goes round, to members below `low`, then to those at `low` until the remainder is used up
#include <algorithm>
#include <utility>

#include "client/sticky_problem.hpp"

namespace klamm::client {
namespace {

using member = sticky_problem::member;
using slot = sticky_problem::slot;

class constrained {
 public:
  explicit constrained(const sticky_problem& problem)
      : problem_(problem),
        low_(problem.slots() / problem.members.size()),
        remainder_(problem.slots() % problem.members.size()),
        high_(low_ + (remainder_ > 0 ? 1 : 0)),
        out_(problem.members.size()),
        former_(problem.slots(), sticky_problem::nobody) {}

  sticky_solution solve() {
    std::vector<bool> taken(problem_.slots());
    for (member m = 0; m < out_.size(); ++m) keep_owned(m);
    for (const auto& mine : out_)
      for (const auto s : mine) taken[s] = true;
    std::vector<slot> free;
    for (slot s = 0; s < taken.size(); ++s)
      if (!taken[s]) free.push_back(s);
    if (!problem_.members_in_racks.empty())
      std::ranges::sort(free, {}, [&](slot s) { return std::pair(problem_.members_in_racks[s], s); });
    if (problem_.by_rack) std::erase_if(free, [&](slot s) { return give_in_rack(s); });
    give_round(free);
    return {std::move(out_), std::move(moved_)};
  }

 private:
  bool may_exceed() const { return above_ < remainder_; }
  void exceeded() {
    if (++above_ == remainder_) at_low_.clear();
  }

  void keep_owned(member m) {
    std::vector<slot> keeps;
    for (const auto s : problem_.owned[m]) {
      if (problem_.rack_mismatch(m, s))
        former_[s] = m;
      else if (!problem_.claimed_twice.contains(s))
        keeps.push_back(s);
    }
    std::ranges::sort(keeps, [&](slot a, slot b) { return by_number(a) < by_number(b); });
    if (keeps.size() < low_) {
      below_.push_back(m);
    } else {
      const bool more = keeps.size() >= high_ && may_exceed();
      const auto quota = more ? high_ : low_;
      for (auto i = quota; i < keeps.size(); ++i) former_[keeps[i]] = m;
      keeps.resize(quota);
      if (more)
        exceeded();
      else if (may_exceed())
        at_low_.push_back(m);
    }
    out_[m] = std::move(keeps);
  }

  std::pair<slot, std::size_t> by_number(slot s) const {
    const auto topic = problem_.topic_of[s];
    return {s - problem_.first_slot[topic], topic};
  }

  /// The first in `among`, from `start` on and around, that is in a rack of the partition.
  std::size_t next_in_rack(slot s, const std::vector<member>& among, std::size_t start) const {
    for (std::size_t i = 0; i < among.size(); ++i) {
      const auto at = (start + i) % among.size();
      if (problem_.rack_matches(among[at], s)) return at;
    }
    return sticky_problem::nobody;
  }

  bool give_in_rack(slot s) {
    if (auto at = next_in_rack(s, below_, turn_); at != sticky_problem::nobody) {
      const auto m = below_[at];
      const auto count = out_[m].size() + 1;
      if (count >= low_) {
        below_.erase(below_.begin() + static_cast<std::ptrdiff_t>(at));
        if (count < high_ && may_exceed()) at_low_.push_back(m);
      } else {
        ++at;
      }
      turn_ = below_.empty() ? 0 : at % below_.size();
      give(s, m);
      return true;
    }
    const auto at = next_in_rack(s, at_low_, 0);
    if (at == sticky_problem::nobody) return false;
    const auto m = at_low_[at];
    if (out_[m].size() + 1 == high_) {
      at_low_.erase(at_low_.begin() + static_cast<std::ptrdiff_t>(at));
      exceeded();
    }
    give(s, m);
    return true;
  }

  void give_round(const std::vector<slot>& free) {
    std::size_t turn = 0, next_at_low = 0;
    for (const auto s : free) {
      if (turn >= below_.size()) turn = 0;
      if (below_.empty()) {
        if (next_at_low == at_low_.size()) return;
        give(s, at_low_[next_at_low++]);
        continue;
      }
      const auto m = below_[turn];
      give(s, m);
      if (out_[m].size() == low_) {
        below_.erase(below_.begin() + static_cast<std::ptrdiff_t>(turn));
        at_low_.push_back(m);
      } else {
        ++turn;
      }
    }
  }

  void give(slot s, member m) {
    out_[m].push_back(s);
    const bool was_others = former_[s] != sticky_problem::nobody && former_[s] != m;
    if (was_others || problem_.claimed_twice.contains(s)) moved_.push_back({s, m});
  }

  const sticky_problem& problem_;
  std::size_t low_, remainder_, high_;
  std::vector<std::vector<slot>> out_;
  std::vector<member> former_;  // by slot: who may have to give it up
  std::vector<member> below_, at_low_;
  std::size_t above_ = 0;
  std::size_t turn_ = 0;
  sticky_problem::transfers moved_;
};

}  // namespace

sticky_solution solve_constrained(const sticky_problem& problem) { return constrained(problem).solve(); }

}  // namespace klamm::client
