// Which replicas are in sync: as the controller has it, and as the leader has asked for (KIP-497).
//
//   event \ state         committed                    pending expansion             pending shrink
//   -------------------   --------------------------   ---------------------------   --------------------------------------
//   expand(joining)       -> pending expansion         -                             -
//   shrink(leaving)       -> pending shrink            -                             -
//   commit(isr)           another ISR                  -> committed                  -> committed
//   take_back()           -                            -> committed, as before       -> committed, as before
//
//   members that count for the high watermark (the maximal ISR)
//                         the committed                the committed and `joining`   the committed, leaving or not
//
// As nobody knows whether a proposal was applied until the controller says so, both outcomes have to be safe: so who may be in
// counts, and who may still be in counts, too.
#pragma once

#include <utility>
#include <vector>

#include "broker/replica/leadership.hpp"

namespace klamm::broker::replica {

class isr_state {
 public:
  const std::vector<node_id>& committed() const { return committed_; }
  bool has(node_id id) const { return contains(committed_, id); }
  /// Whether it is in the maximal ISR.
  bool counts(node_id id) const { return has(id) || joining_ == id; }
  bool pending() const { return !proposed_.empty(); }
  /// What was asked for. Never empty while pending: the leader is in.
  const std::vector<node_id>& proposed() const { return proposed_; }

  void expand(node_id joining) {
    joining_ = joining;
    proposed_ = committed_;
    proposed_.push_back(joining);
  }
  void shrink(const std::vector<node_id>& leaving) {
    proposed_ = committed_;
    std::erase_if(proposed_, [&](node_id id) { return contains(leaving, id); });
  }
  void commit(std::vector<node_id> isr) {
    take_back();
    committed_ = std::move(isr);
  }
  void take_back() {
    joining_ = node_id();
    proposed_.clear();
  }

 private:
  std::vector<node_id> committed_, proposed_;
  node_id joining_;
};

}  // namespace klamm::broker::replica
