#include "tests/sim/cluster/broker_host.hpp"

#include <utility>

#include <fmt/format.h>

#include "tests/sim/bit_rot.hpp"
#include "tests/sim/cluster/bounds.hpp"

namespace klamm::sim {
namespace {

constexpr std::string_view data_directory = "/srv/klamm/data";
std::string directory_of(const topic_partition& partition) {
  return fmt::format("{}/{}-{}", data_directory, partition.topic, partition.partition.value);
}
constexpr std::size_t least_tail_memory = 4000;
constexpr std::size_t open_readers = 2;
constexpr link::listener_id clients_listener(0), controllers_listener(1);

std::string host_name(const scenario& how, int number) {
  return (number <= how.nodes ? "broker" : "controller") + std::to_string(number);
}

}  // namespace

broker_host::broker_host(stage& on, int number)
    : stage_(on),
      number_(number),
      id_(on.net.add_host(host_name(on.how, number))),
      disk_(on.time.random().next(), on.how.disks),
      entropy_(on.time.random().fork()),
      log_(*on.log, on.time, on.net.name(id_)),
      habits_(make_habits(on.time.random())) {
  disk_.mount("");
}

broker::node::node_options broker_host::options() const {
  broker::node::node_options options;
  options.data_directory = data_directory;
  options.is_broker = is_broker();
  options.configs = {{"node.id", std::to_string(number_)},
                     {"klamm.fsync", stage_.how.durable ? "ack" : "os"},
                     {"offsets.topic.num.partitions", "2"},
                     {"log.segment.bytes", std::to_string(habits_.segment_bytes)},
                     {"queued.max.response.bytes", std::to_string(50 * habits_.segment_bytes)},
                     {"controller.quorum.election.timeout.ms", "300"}};
  options.advertised = link::endpoint{stage_.net.name(id_), broker_port};
  // Where bits turn on the disk, it is the disk that is read.
  options.tail_memory = stage_.how.bits_turn ? least_tail_memory : habits_.tail_memory;
  options.open_readers = open_readers;  // so that they are closed and opened again all the time
  if (stage_.how.nodes > 1) join_cluster(options);
  return options;
}

void broker_host::join_cluster(broker::node::node_options& options) const {
  const auto& times = stage_.how.times;
  const std::pair<const char*, std::int64_t> numbers[] = {
      {"controller.quorum.election.timeout.ms", times.quorum_election.count()},
      {"controller.quorum.fetch.timeout.ms", times.quorum_fetch.count()},
      {"controller.quorum.request.timeout.ms", times.quorum_request.count()},
      {"broker.session.timeout.ms", times.broker_session.count()},
      {"broker.heartbeat.interval.ms", times.broker_heartbeat.count()},
      {"replica.lag.time.max.ms", habits_.replica_lag.count()},
      {"replica.fetch.wait.max.ms", habits_.replica_fetch_wait.count()},
      {"replica.fetch.backoff.ms", times.replica_backoff.count()},
      {"leader.imbalance.check.interval.seconds", 2},
      {"min.insync.replicas", stage_.how.min_insync}};
  for (const auto& [key, value] : numbers) options.configs[key] = std::to_string(value);
  if (const auto bytes = habits_.metadata_between_snapshots; bytes > 0)
    options.configs["metadata.log.max.record.bytes.between.snapshots"] = std::to_string(bytes);
  options.new_cluster_id = "simulated-cluster";
  options.bound = options.advertised;
  options.controller_listener = controllers_listener;
  const auto& how = stage_.how;
  const int first = how.controllers_alone == 0 ? 1 : how.nodes + 1;
  for (int i = first; i <= how.nodes + how.controllers_alone; ++i)
    options.controllers.push_back({node_id(i), {}, "CONTROLLER", host_name(how, i), controller_port});
}

void broker_host::change_habits() {
  if (life_ == 0 || !stage_.time.random().chance(0.3)) return;
  stage_.seen.count("restarts with other options");
  habits_ = make_habits(stage_.time.random());
}

void broker_host::start() {
  change_habits();
  auto options = this->options();
  options.seed = stage_.time.random().next();
  node_ = std::make_unique<broker::node::node>(
      std::move(options), broker::node::node_environment{entropy_, log_, &stage_.faults, &stage_.wrong});
  if (stage_.how.nodes > 1) watched_ = stage_.watch.begin(*node_);
  if (watched_ && rots_) watched_->read_again();
  ++life_;
  listening_ = ending_ = disk_scheduled_ = beyond_bounds_ = false;
  errors_before_ = disk_.counts().errors();
  stage_.seen.count("broker starts");
  stage_.net.start(id_, *this);
  if (is_controller()) stage_.net.listen(id_, controllers_listener, controller_port);
  node_->start(stage_.time.now());
  stage_.net.carry_out(id_, {});
}

void broker_host::stop() {
  if (!node_ || ending_) return;
  stage_.seen.count("orderly stops");
  link::net_effects effects;
  node_->stop(stage_.time.now(), effects);
  stage_.net.carry_out(id_, std::move(effects));
}

void broker_host::crash(sim::crash how) { crash(how, false); }

void broker_host::crash(sim::crash how, bool in_a_write) {
  if (!node_) return;
  stage_.seen.count(how == crash::kill ? "kills" : "power cuts");
  crash_disk(how, in_a_write);
  down();
}

bool broker_host::crashes_in_a_write(sim::crash how) {
  if (in_a_write_ != how || !disk_.may_tear(how)) return false;
  crash(how, true);
  return true;
}

void broker_host::crash_disk(sim::crash how, bool in_a_write) {
  in_a_write_.reset();
  const auto torn = disk_.counts().torn_writes;
  disk_.crash(how, in_a_write);
  stage_.seen.count("torn writes", disk_.counts().torn_writes - torn);
}

void broker_host::break_disk() {
  breaking_ = true;
  auto how = stage_.how.disks;
  how.write_failure = how.rename_failure = 0.1;
  // With fsync=os the machine does not boot anew behind an error, and would stay in doubt of the file for ever.
  if (stage_.how.durable) how.sync_failure = 0.1;
  disk_.set_options(how);
}

bool broker_host::leads(const topic_partition& partition) const {
  if (!node_ || !node_->data()) return false;
  const auto* const replica = node_->data()->replicas().find(partition.topic, partition.partition);
  return replica && replica->leading();
}

void broker_host::mend_disk() {
  disk_slowness_ = 1;
  breaking_ = false;
  in_a_write_.reset();
  disk_.set_options(stage_.how.disks);
}

bool broker_host::rot(const topic_partition& partition) {
  const auto turned = turn_a_bit(disk_, directory_of(partition), stage_.time.random());
  if (!turned) return false;
  rots_ = true;
  stage_.seen.count("bits turned");
  if (watched_) watched_->read_again();
  log_.write(log_level::info, "disk",
             fmt::format("bit {} of byte {} of {} turns", turned->bit, turned->byte, turned->path));
  return true;
}

void broker_host::lose(const topic_partition& partition) {
  rots_ = false;
  disk_.erase(directory_of(partition));
}

void broker_host::down() {
  stage_.net.stop(id_);
  watched_.reset();
  node_.reset();
  ++life_;
}

void broker_host::settle() {
  if (watched_) watched_->look();
  broker::log::disk_effects operations;
  node_->take_disk(operations);
  disk_.submit(std::move(operations));
  watch_bounds();
  schedule_disk();
  using state = broker::node::node::state;
  const auto now = node_->current_state();
  if (now == state::serving && is_broker() && !std::exchange(listening_, true))
    stage_.net.listen(id_, clients_listener, broker_port);
  if ((now != state::stopped && now != state::failed) || std::exchange(ending_, true)) return;
  stage_.seen.count(now == state::failed ? "nodes failed" : "nodes stopped");
  if (now == state::failed && !disk_failed() && !rots_)  // which may well keep it from starting
    stage_.failures.push_back(fmt::format("node_failed: {}: {}", stage_.net.name(id_), node_->why().message));
  stage_.time.in(duration(0), [this, life = life_, disk_failed = disk_failed()] {
    if (life != life_) return;
    crash_disk(disk_failed && stage_.how.durable ? crash::power : crash::kill);
    down();
  });
}

void broker_host::watch_bounds() {
  if (beyond_bounds_) return;
  const auto beyond = beyond_bounds(*node_, disk_, open_readers);
  beyond_bounds_ = beyond.has_value();
  if (beyond) stage_.failures.push_back(fmt::format("unbounded: {}: {}", stage_.net.name(id_), *beyond));
}

void broker_host::schedule_disk() {
  if (disk_.idle() || std::exchange(disk_scheduled_, true)) return;
  stage_.time.in(disk_slowness_ * stage_.about(stage_.how.disk_delay), [this, life = life_] {
    if (life == life_) step_disk();
  });
}

// A process that is paused does not hear of what the disk has done meanwhile.
void broker_host::step_disk() {
  const auto resumes = stage_.net.paused_until(id_);
  if (resumes > stage_.time.now().steady) {
    stage_.time.at(resumes, [this, life = life_] {
      if (life == life_) step_disk();
    });
    return;
  }
  disk_scheduled_ = false;
  if (crashes_in_a_write(crash::kill)) return;
  auto finished = disk_.step();
  if (crashes_in_a_write(crash::power)) return;
  for (auto& done : finished) {
    link::net_effects effects;
    stage_.time.trace("disk", static_cast<std::uint64_t>(done.id.value));
    node_->complete(std::move(done), stage_.time.now(), effects);
    stage_.net.carry_out(id_, std::move(effects));
  }
  schedule_disk();
}

}  // namespace klamm::sim
