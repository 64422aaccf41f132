// The delivery of a record that is in no batch: one that waits until its topic is known, or was never taken.
#pragma once

#include <memory>
#include <utility>

#include "handoff/batch_state.hpp"

namespace klamm::handoff {

/// Who resolves it. Once it died unresolved its delivery would wait for ever.
class lone_delivery {
 public:
  lone_delivery(std::shared_ptr<const topic_partition> at, timestamp of_record,
                std::weak_ptr<accumulator_host> host)
      : state_(new batch_state(std::move(at), {}, std::move(host))) {
    delivery_ = {state_share::adopt(state_), state_->hand_out(of_record, {})};
  }

  /// Another share of it each time.
  delivery outcome_to_come() const { return delivery_; }

  /// Resolves it, once, and runs what waits for it.
  void resolve(const error* failure, offset at, timestamp stamp) {
    if (failure)
      state_->resolve(0, 1, *failure);
    else
      state_->resolve(0, 1, at, stamp);
    state_->run_callbacks();
    state_->settle();
  }

 private:
  batch_state* state_;
  delivery delivery_;
};

}  // namespace klamm::handoff
