#include "api/rebalance_teller.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>
#include <utility>

#include "api/convert.hpp"

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
  const std::function<void(Rebalance)> on_rebalance;
  std::mutex lock;
  std::set<topic_partition> owned;  // as the application was told
  bool out = false;                 // a change is with it

  explicit state(std::function<void(Rebalance)> hears) : on_rebalance(std::move(hears)) {}

  void tell(const client::rebalance_event& event) {
    const std::lock_guard held(lock);
    out = true;
    for (const auto& at : event.partitions)
      if (event.what == client::rebalance_event::kind::assigned)
        owned.insert(at);
      else
        owned.erase(at);
  }
  void died() {
    const std::lock_guard held(lock);
    out = false;
  }
  /// Those that are to be told as given up.
  std::vector<topic_partition> take_owned(const std::vector<topic_partition>& assigned) {
    const std::lock_guard held(lock);
    std::vector<topic_partition> taken;
    if (!out) std::ranges::set_intersection(std::exchange(owned, {}), assigned, std::back_inserter(taken));
    if (!taken.empty()) out = true;
    return taken;
  }
};

rebalance_teller::rebalance_teller(std::function<void(Rebalance)> on_rebalance)
    : state_(std::make_shared<state>(std::move(on_rebalance))) {}
rebalance_teller::~rebalance_teller() = default;

unique_function<void()> rebalance_teller::call(const client::rebalance_event& event,
                                               unique_function<void()> go_on) {
  return [s = state_, event, go_on = std::move(go_on)]() mutable {
    s->tell(event);
    auto died = [s, go_on = std::move(go_on)]() mutable {
      s->died();
      go_on();
    };
    s->on_rebalance(make(kinds[static_cast<int>(event.what)], event.partitions, std::move(died)));
  };
}

void rebalance_teller::give_up(const std::vector<topic_partition>& assigned) {
  const auto gone = state_->take_owned(assigned);
  if (gone.empty()) return;
  state_->on_rebalance(make(Rebalance::revoked, gone, [s = state_] { s->died(); }));
}

}  // namespace api
}  // namespace klamm
