#include "tests/sim/replica/replica_node.hpp"

#include <fmt/format.h>

#include "wire/batch_reader.hpp"

namespace klamm::sim {

using broker::replica::contains;

replica_node::running::running(replica_node& of)
    : random(of.in_.time.random().fork()),
      environment{port, tail, contexts, of.in_.log, random, of.in_.faults},
      all(environment, of.now_, entropy,
          {{"/data", "cluster", of.id_}, of.in_.how.log, of.id_, of.in_.how.replication}, {&of, &of, &of}),
      serving(all, memory, {.rack_aware = true}, random.fork()) {}

replica_node::replica_node(place in, node_id id)
    : in_(in), id_(id), disk_(in.time.random().next(), {.delay = 0.2}) {
  disk_.mount("/data");
}

void replica_node::start() {
  now_ = in_.time.now();
  ++lives_;
  life_ = std::make_unique<running>(*this);
  event([this] {
    life_->all.open([this](result<void> opened) {
      if (!opened) return in_.history.broken(fmt::format("node {}: {}", id_.value, opened.failure().message));
      life_->open = true;
      in_.network.started(*this);
    });
  });
}

void replica_node::stop(crash how) {
  disk_.crash(how);
  ++lives_;
  life_.reset();
}

void replica_node::in(duration delay, world::action then) {
  in_.time.in(delay, [this, of = lives_, then = std::move(then)]() mutable {
    if (of == lives_ && life_) event([&] { then(); });
  });
}

// What it knows

std::optional<broker::replica::broker_standing> replica_node::find(node_id broker) const {
  const auto found = life_->known.brokers.find(broker);
  if (found == life_->known.brokers.end() || found->second.epoch < 0) return std::nullopt;
  return broker::replica::broker_standing{found->second.epoch, found->second.fenced,
                                          found->second.shutting_down, found->second.rack};
}

void replica_node::learn(const cluster_view& view) {
  if (!open() || view.number < life_->known.number) return;
  life_->newest = view;
  if (!life_->applying) apply_newest();
}

void replica_node::apply_newest() {
  life_->known = *std::exchange(life_->newest, std::nullopt);
  std::vector<broker::replica::assignment> wanted;
  std::vector<topic_partition> unwanted;
  broker::replica::partition_settings settings;
  settings.log = in_.how.log;
  settings.min_insync_replicas = in_.how.min_insync_replicas;
  settings.throttled_leaders.all = in_.how.leader_rate.has_value();
  settings.throttled_followers.all = in_.how.follower_rate.has_value();
  life_->all.set_throttles(in_.how.leader_rate.value_or(INT64_MAX),
                           in_.how.follower_rate.value_or(INT64_MAX));
  const auto shared = std::make_shared<const broker::replica::partition_settings>(settings);
  for (std::size_t i = 0; i < life_->known.partitions.size(); ++i) {
    const partition_id id(static_cast<std::int32_t>(i));
    const auto& led = life_->known.partitions[i];
    if (contains(led.replicas, id_)) {
      wanted.push_back({{"orders", id}, in_.topic_id, led, shared});
      life_->assigned.insert(id);
    } else if (life_->assigned.erase(id) > 0) {
      unwanted.push_back({"orders", id});
      life_->seen.erase(id);
    }
  }
  life_->applying = true;
  life_->all.apply(wanted, unwanted, [this] {
    life_->applying = false;
    life_->all.on_brokers_changed();
    if (life_->newest) apply_newest();
  });
}

// What it does

void replica_node::settle() {
  life_->serving.run(now_);
  life_->all.run();
  check();
  schedule_disk();
  schedule_tick();
}

void replica_node::schedule_tick() {
  const auto wanted = std::max(std::min(life_->all.deadline(), life_->serving.deadline()), now_.steady);
  if (wanted >= life_->tick_at) return;
  life_->tick_at = wanted;
  in_.time.at(wanted, [this, of = lives_, wanted] {
    if (of != lives_ || !life_ || life_->tick_at != wanted) return;
    life_->tick_at = never;
    event([this] {
      life_->all.tick(now_);
      life_->serving.tick(now_);
    });
  });
}

void replica_node::schedule_disk() {
  broker::log::disk_effects operations;
  life_->port.take(operations);
  disk_.submit(std::move(operations));
  if (disk_.idle() || disk_stalls_ || std::exchange(life_->disk_scheduled, true)) return;
  in(in_.time.between(std::chrono::microseconds(20), std::chrono::milliseconds(2)), [this] { step_disk(); });
}

void replica_node::stall_disk(bool stalls) {
  disk_stalls_ = stalls;
  if (life_) event([] {});
}

void replica_node::step_disk() {
  life_->disk_scheduled = false;
  if (disk_stalls_) return;
  for (auto& one : disk_.step()) life_->port.complete(std::move(one));
}

// What has to hold

void replica_node::check() {
  for (const auto id : life_->assigned)
    if (auto* const one = partition(id)) check(*one);
}

void replica_node::check(broker::replica::partition& one) {
  auto& seen = life_->seen[one.name().partition];
  const auto& log = one.log();
  if (seen.generation != log.generation()) {
    seen.generation = log.generation();
    ++truncations_;
  }
  if (log.high_watermark() < seen.high_watermark)
    in_.history.broken(fmt::format("node {}: the high watermark of {} goes back from {} to {}", id_.value,
                                   one.name().partition.value, seen.high_watermark.value,
                                   log.high_watermark().value));
  seen.high_watermark = log.high_watermark();
  if (one.leading() && one.epoch() != seen.led) {
    seen.led = one.epoch();
    in_.history.leads(id_, one.name().partition, one.epoch(), log.end());
  }
  check_committed(one, seen);
  in_.time.trace("replica", static_cast<std::uint64_t>(id_.value),
                 static_cast<std::uint64_t>(log.high_watermark().value));
}

void replica_node::check_committed(broker::replica::partition& one, watched& seen) {
  auto& log = one.log();
  const auto up_to = log.high_watermark();
  if (seen.checked < log.start()) {
    seen.checked = log.start();
    in_.history.deleted(one.name().partition, log.start());
  }
  if (seen.checking || seen.checked >= up_to ||
      log.current_state() != broker::log::partition_log::state::open)
    return;
  seen.checking = true;
  log.read({seen.checked, up_to, 1 << 16, true},
           [this, id = one.name().partition, epoch = one.epoch()](auto found) {
             auto& checked = life_->seen[id];
             checked.checking = false;
             if (!found) return;  // cut at its start meanwhile
             wire::batch_reader batches(buffer_slice::own(found->batches.flatten()));
             wire::batch_view batch;
             while (batches.next(batch) == wire::batch_reader::step::batch) {
               const auto header = batch.header();
               in_.history.committed(id_, epoch, id, batch.base_offset(),
                                     {header.partition_leader_epoch, batch.next_offset(), header.crc});
             }
             checked.checked = std::max(checked.checked, found->next);
           });
}

}  // namespace klamm::sim
