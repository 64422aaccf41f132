// Which transactions stand in a circle, each before the next.
//
//   edge    from -> to means
//   -----   ----------------------------------------------------------------------------------------
//   write   `to` wrote directly behind `from` in a partition (of what transactions wrote there)
//   read    `to` read what `from` wrote
//
// No order of whole transactions agrees with a circle: of writes alone it is Adya's G0, with a read in it G1c.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace klamm::sim {

class transaction_graph {
 public:
  using node = std::uint64_t;

  /// Nothing stands before itself.
  void add(node from, node to) {
    if (from == to) return;
    after_[from].insert(to);
    after_[to];
  }
  /// A circle, in its order; empty if there is none. Which of several does not depend on the order of adding.
  std::vector<node> cycle() const;
  /// Takes nodes out, with all their edges.
  void remove(const std::vector<node>& nodes);

 private:
  std::map<node, std::set<node>> after_;
};

}  // namespace klamm::sim
