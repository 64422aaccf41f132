#include "api/consumer_wiring.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/at_end.hpp"

namespace klamm::api {

handoff::fetch_queue_hooks consumer_wiring::hooks(const std::shared_ptr<consumer_wiring>& wiring) {
  return {.room_freed = [wiring] { wiring->room_freed(); },
          .rebalance = [wiring](const client::rebalance_event& event) { wiring->rebalance(wiring, event); },
          .ready = [wiring](bool is) { wiring->ready(is); }};
}

void consumer_wiring::connect(const std::shared_ptr<engine>& to,
                              const std::shared_ptr<handoff::fetch_queue>& queue) {
  engine_ = to;
  queue_ = queue;
}

int consumer_wiring::ready_fd() {
  const std::lock_guard held(lock_);
  if (!signal_) {
    signal_.emplace();
    if (is_ready_) signal_->raise();
  }
  return signal_->fd();
}

void consumer_wiring::room_freed() {
  if (const auto to = engine_.lock())
    to->post(
        [](client::client_core& core, instant now, link::net_effects& out) { core.room_freed(now, out); });
}

void consumer_wiring::give_up() {
  const auto queue = queue_.lock();
  if (!teller_ || !queue) return;
  // While a call of on_rebalance runs, perhaps the one that this is made in, there is no other.
  const bool may_tell = queue->begin_telling();
  const at_end told([&] {
    if (may_tell) queue->end_telling();
  });
  teller_->give_up(may_tell ? queue->assignment() : std::vector<topic_partition>());
}

void consumer_wiring::leave() {
  give_up();
  if (teller_) teller_->leave();
}

void consumer_wiring::left() {
  if (teller_) teller_->left();
}

// An application that wants to hear of it does first. Once it has let go of what is assigned, that may be handed out.
void consumer_wiring::rebalance(const std::shared_ptr<consumer_wiring>& self,
                                const client::rebalance_event& event) {
  const auto queue = queue_.lock();
  if (!teller_ || !queue) return go_on(event);
  auto over = [self, event] {
    const auto still = self->queue_.lock();
    if (still && event.what == client::rebalance_event::kind::assigned) still->tell_over(event.partitions);
    self->go_on(event);
  };
  queue->tell(event.partitions, teller_->call(event, std::move(over)));
}

// A revocation commits what was passed in records that are gone; the loops over
// the rest end. Then the group goes on, after a loss not before the next poll.
void consumer_wiring::go_on(const client::rebalance_event& event) {
  const auto to = engine_.lock();
  const auto queue = queue_.lock();
  if (!to || !queue) return;
  std::vector<client::committed_offset> places;
  if (event.what == client::rebalance_event::kind::revoked && commits_ && !queue->bound())
    places = queue->positions(true);
  if (event.what == client::rebalance_event::kind::lost)
    return queue->when_polled([to = engine_, id = event.id] {
      if (const auto alive = to.lock())
        alive->post(
            [id](client::client_core& c, instant n, link::net_effects& o) { c.rebalance_done(id, n, o); });
    });
  std::erase_if(places,
                [&](const auto& place) { return std::ranges::count(event.partitions, place.at) == 0; });
  to->post([to, id = event.id, places = std::move(places)](client::client_core& core, instant now,
                                                           link::net_effects& out) mutable {
    if (places.empty()) return core.rebalance_done(id, now, out);
    auto done = [to, id](const result<void>&) {
      to->post([id](client::client_core& c, instant n, link::net_effects& o) { c.rebalance_done(id, n, o); });
    };
    core.commit(std::move(places), to_duration(to->options().request_timeout), std::move(done), now, out,
                client::commit_origin::by_itself);
  });
}

void consumer_wiring::ready(bool is) {
  const std::lock_guard held(lock_);
  is_ready_ = is;
  if (signal_) is ? signal_->raise() : signal_->clear();
}

}  // namespace klamm::api
