#include "tests/sim/quorum/quorum_member.hpp"

#include <fmt/format.h>

namespace klamm::sim {

quorum_member::running::running(quorum_member& of)
    : random(of.in_.time.random().fork()),
      environment{port, tail, contexts, of.in_.log, random, of.in_.faults},
      voter(environment, of.now_, of.options_, of.in_.peers, of) {}

quorum_member::quorum_member(surroundings in, broker::raft::quorum_options options)
    : in_(in), options_(std::move(options)), disk_(in.time.random().next(), {.delay = 0.2}) {
  disk_.mount(options_.data_directory);
}

void quorum_member::start() {
  now_ = in_.time.now();
  ++lives_;
  life_ = std::make_unique<running>(*this);
  event([](broker::raft::quorum& voter) { voter.open(); });
}

void quorum_member::stop(crash how) {
  disk_.crash(how);
  life_.reset();
  ++lives_;
}

// What the quorum says

void quorum_member::on_snapshot() {
  life_->state.clear();
  life_->restoring = true;
}

void quorum_member::on_committed(bytes_view value, offset at, leader_epoch) {
  life_->state.emplace_back(as_text(value));
  if (!life_->restoring) in_.history.delivered(id(), at, as_text(value));
}

void quorum_member::on_batch_end(offset last, leader_epoch) {
  life_->delivered = last + 1;
  if (!std::exchange(life_->restoring, false)) return;
  if (last >= offset(0)) ++snapshots_loaded_;
  in_.history.restored(id(), last + 1, life_->state);
}

void quorum_member::on_failed(const error& why) {
  in_.history.broken(fmt::format("member {} failed: {}", id().value, why.message));
}

std::vector<broker::raft::record_value> quorum_member::snapshot_records() {
  std::vector<broker::raft::record_value> records;
  for (const auto& value : life_->state) {
    const auto bytes = as_bytes_view(value);
    records.emplace_back(bytes.begin(), bytes.end());
  }
  return records;
}

// What it decides

void quorum_member::in(duration delay, world::action then) {
  in_.time.in(delay, [this, of = lives_, then = std::move(then)]() mutable {
    if (of == lives_ && life_) then();
  });
}

void quorum_member::settle() {
  schedule_disk();
  check();
  schedule_tick();
}

void quorum_member::check() {
  auto& l = *life_;
  const auto& voter = l.voter;
  if (voter.leading()) in_.history.leads(id(), voter.epoch());
  if (voter.epoch() < l.epoch)
    in_.history.broken(fmt::format("member {}: its epoch goes back from {} to {}", id().value, l.epoch.value,
                                   voter.epoch().value));
  if (voter.high_watermark() < l.high_watermark)
    in_.history.broken(fmt::format("member {}: its high watermark goes back from {} to {}", id().value,
                                   l.high_watermark.value, voter.high_watermark().value));
  if (voter.leading() && voter.kraft_version() > 0 && *voter.voters_at() < voter.high_watermark())
    in_.history.voters(id(), *voter.voters_at(), voter.voters());
  l.epoch = voter.epoch();
  l.high_watermark = voter.high_watermark();
  in_.time.trace("member", static_cast<std::uint64_t>(id().value),
                 static_cast<std::uint64_t>(l.high_watermark.value));
}

void quorum_member::schedule_tick() {
  const auto wanted = life_->voter.deadline();
  if (wanted >= life_->tick_at) return;
  life_->tick_at = wanted;
  in_.time.at(wanted, [this, of = lives_, wanted] {
    if (of != lives_ || !life_ || life_->tick_at != wanted) return;
    life_->tick_at = never;
    event([](broker::raft::quorum& voter) { voter.tick(); });
  });
}

void quorum_member::schedule_disk() {
  broker::log::disk_effects operations;
  life_->port.take(operations);
  disk_.submit(std::move(operations));
  if (disk_.idle() || disk_stalls_ || std::exchange(life_->disk_scheduled, true)) return;
  in(in_.time.between(std::chrono::microseconds(20), std::chrono::milliseconds(2)), [this] { step_disk(); });
}

void quorum_member::stall_disk(bool stalls) {
  disk_stalls_ = stalls;
  settle();
}

void quorum_member::step_disk() {
  life_->disk_scheduled = false;
  if (disk_stalls_) return;
  auto done = disk_.step();
  event([&](broker::raft::quorum&) {
    for (auto& one : done) life_->port.complete(std::move(one));
  });
}

}  // namespace klamm::sim
