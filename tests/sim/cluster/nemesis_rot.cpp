// Bits that turn on one broker's disk, until its operator makes the replica anew.
//
// Records live as long as one sound copy of them does, so that what is struck has to leave one: from the bit until the broker has
// come back without its copy, and is in sync again, nobody else crashes, and there was a second one that may lead when it began. All
// else goes on. (A replica that was thrown away may be the last known leader, who leads where nobody is left who may.)
#include <algorithm>

#include "broker/meta/node_list.hpp"
#include "tests/sim/cluster/nemesis.hpp"

namespace klamm::sim {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

bool another_may_lead(const broker::meta::partition_image& of, node_id than) {
  const auto another = [&](node_id one) { return one != than; };
  return std::ranges::any_of(of.isr, another) || std::ranges::any_of(of.eligible_leaders, another);
}

/// Or is no replica any more.
bool in_sync(const broker::meta::partition_image& of, node_id one) {
  return !broker::meta::holds(of.replicas, one) || broker::meta::holds(of.isr, one);
}

}  // namespace

const broker::meta::partition_image* nemesis::newest(const topic_partition& of) const {
  const auto topic = stage_.watch.newest().topics->find(of.topic);
  return topic ? topic->partition(of.partition) : nullptr;
}

bool nemesis::rots() {
  const auto is_over = [this] {
    const auto* const image = newest(rotten_->of);
    return rotten_->made_anew && rotten_->on.serving() && image && in_sync(*image, rotten_->on.node());
  };
  if (rotten_ && is_over()) rotten_.reset();
  return rotten_.has_value();
}

bool nemesis::may_lose(const broker_host& broker, const topic_partition& one) const {
  const auto* const image = newest(one);
  return image && another_may_lead(*image, broker.node()) &&
         std::ranges::all_of(victim_.brokers_, [](const auto& one) { return one->sound(); });
}

void nemesis::rot() {
  if (ended_) return;
  later(milliseconds(400), [this] { rot(); });  // seldom is everybody sound
  const auto partition = any_partition();
  auto& broker = leader_or_any();
  if (rots() || !may_lose(broker, partition) || !broker.rot(partition)) return;
  rotten_.emplace(rotten{broker, partition});
  for (const auto& member : victim_.members_)
    stage_.wrong.may_be_told(stage_.net.name(member.id), error_code::corrupt_message);
  if (stage_.time.random().chance(0.5)) {
    broker.crash(crash::kill);
    bring_back(broker);
  }
  later(seconds(4), [this] {
    if (!ended_) make_anew();
  });
}

/// As an operator does who reads of the damage: what is left is thrown away, the others have it.
void nemesis::make_anew() {
  if (!rots() || rotten_->made_anew) return;
  rotten_->made_anew = true;
  rotten_->on.crash(crash::kill);
  rotten_->on.lose(rotten_->of);
  bring_back(rotten_->on);
}

}  // namespace klamm::sim
