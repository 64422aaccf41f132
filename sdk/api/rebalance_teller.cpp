#include "api/rebalance_teller.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/convert.hpp"
#include "handoff/rebalance_turns.hpp"

namespace klamm {
inline namespace v1 {

namespace detail {
void destroy(RebalanceState* state) noexcept { delete state; }
}  // namespace detail

Rebalance::Kind Rebalance::kind() const noexcept { return state_->kind; }
std::span<const TopicPartition> Rebalance::partitions() const noexcept { return state_->partitions; }

}  // namespace v1

namespace api {
namespace {

constexpr Rebalance::Kind kinds[] = {Rebalance::assigned, Rebalance::revoked, Rebalance::lost};

Rebalance make(Rebalance::Kind kind, const auto& partitions, unique_function<void()> go_on) {
  auto* const state = new detail::RebalanceState{kind, {}, std::move(go_on)};
  Rebalance made(std::unique_ptr<detail::RebalanceState, detail::Destroy>{state});
  std::ranges::transform(partitions, std::back_inserter(state->partitions),
                         [](const topic_partition& at) { return to_public(at); });
  return made;
}

}  // namespace

struct rebalance_teller::state {
  explicit state(std::function<void(Rebalance)> hears) : on_rebalance(std::move(hears)) {}

  const std::function<void(Rebalance)> on_rebalance;
  handoff::rebalance_turns turns;
};

rebalance_teller::rebalance_teller(std::function<void(Rebalance)> on_rebalance)
    : state_(std::make_shared<state>(std::move(on_rebalance))) {}
rebalance_teller::~rebalance_teller() = default;

unique_function<void()> rebalance_teller::call(const client::rebalance_event& event,
                                               unique_function<void()> go_on) {
  const auto membership = state_->turns.membership();
  return [s = state_, event, membership, go_on = std::move(go_on)]() mutable {
    if (!s->turns.begin(event, membership))
      return;  // and nothing of it is handed out: it is gone in a moment
    auto died = [s, go_on = std::move(go_on)]() mutable {
      s->turns.end();
      go_on();
    };
    s->on_rebalance(make(kinds[static_cast<int>(event.what)], event.partitions, std::move(died)));
  };
}

void rebalance_teller::give_up(const std::vector<topic_partition>& assigned) {
  const auto gone = state_->turns.give_up(assigned);
  if (gone.empty()) return;
  state_->on_rebalance(make(Rebalance::revoked, gone, {}));
}

void rebalance_teller::leave() { state_->turns.leave(); }
void rebalance_teller::left() { state_->turns.left(); }

}  // namespace api
}  // namespace klamm
