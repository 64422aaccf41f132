#include "tests/sim/cluster/scenario.hpp"

#include <algorithm>
#include <array>

namespace klamm::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

template <class T, std::size_t N>
T one_of(rng& random, const std::array<T, N>& choices) {
  return choices[random.below(N)];
}

network_conditions make_weather(rng& random) {
  network_conditions out;
  out.most_delay =
      one_of<duration>(random, std::array<duration, 3>{milliseconds(1), milliseconds(5), milliseconds(50)});
  out.reset = one_of(random, std::array{0.0, 0.001, 0.01});
  out.refuse = one_of(random, std::array{0.0, 0.05, 0.3});
  out.piece = one_of<std::size_t>(random, std::array<std::size_t, 4>{0, 64, 400, 4000});
  out.connect_timeout = seconds(2);
  return out;
}

void make_producing(rng& random, scenario& to) {
  to.produce_pause = one_of<duration>(
      random, std::array<duration, 3>{milliseconds(10), milliseconds(40), milliseconds(150)});
  to.produce_burst = 1 + random.below(10);
  to.batching.batch_size = one_of<std::size_t>(random, std::array<std::size_t, 3>{200, 1000, 16384});
  to.batching.linger =
      one_of<duration>(random, std::array<duration, 3>{milliseconds(0), milliseconds(5), milliseconds(100)});
  to.batching.buffer_memory = one_of<std::size_t>(random, std::array<std::size_t, 2>{64 << 10, 1 << 20});
  to.batching.inline_seal_size = one_of<std::size_t>(random, std::array<std::size_t, 2>{100, 8192});
  to.batching.compression.codec = static_cast<wire::codec>(random.below(5));
  // What ISA-L makes of a batch differs with the memory around it, so that a seed would not repeat.
  if (to.batching.compression.codec == wire::codec::gzip) to.batching.compression.codec = wire::codec::lz4;
  to.producing.max_in_flight = static_cast<int>(1 + random.below(5));
  // A short one makes batches fail that may have been written.
  to.producing.delivery_timeout = random.chance(0.3) ? seconds(2) : seconds(120);
}

void make_consuming(rng& random, scenario& to) {
  auto& consuming = to.consuming;
  consuming.group.session_timeout = seconds(6);
  consuming.group.heartbeat_interval = milliseconds(500);
  consuming.group.max_poll_interval = seconds(20);
  using names = std::vector<std::string>;
  const std::array<names, 4> assignors{names{"range"}, names{"roundrobin"}, names{"sticky"},
                                       names{"cooperative-sticky"}};
  consuming.group.assignors = assignors[random.below(assignors.size())];
  consuming.reset.to = client::reset_policy::kind::earliest;
  consuming.fetch_max_bytes = one_of(random, std::array{2000, 100'000, 1 << 20});
  consuming.partition_fetch_bytes = one_of(random, std::array{500, 10'000, 1 << 20});
  to.poll_pause =
      one_of<duration>(random, std::array<duration, 3>{milliseconds(5), milliseconds(50), milliseconds(300)});
  to.commit_pause = one_of<duration>(random, std::array<duration, 2>{milliseconds(100), milliseconds(1000)});
}

/// Half of the seeds have one node, most of the others three, and some up to seven. A cluster is struck more often: most of what
/// strikes it takes one node of several.
void make_cluster(std::uint64_t seed, scenario& to) {
  rng random(seed ^ 0xc1057e25);
  if (random.chance(0.5)) return;
  to.nodes = one_of(random, std::array{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 4, 4, 5, 6, 7});
  to.replication = std::min(3, to.nodes);
  to.min_insync = 2;
  to.calm =
      one_of<duration>(random, std::array<duration, 3>{milliseconds(250), milliseconds(500), seconds(1)});
  to.times.broker_session = one_of(random, std::array<millis, 2>{millis(1000), millis(2000)});
}

void make_roles(std::uint64_t seed, scenario& to) {
  rng random(seed ^ 0x201e5a9a);
  if (to.nodes > 1 && random.chance(0.2)) to.controllers_alone = one_of(random, std::array{1, 3, 3});
}

void make_rot(std::uint64_t seed, scenario& to) {
  rng random(seed ^ 0xb17b07);
  to.bits_turn = to.replication > to.min_insync && random.chance(0.25);
}

/// Members that commit by themselves what was passed, as most applications have it.
void make_committing(std::uint64_t seed, scenario& to) {
  rng random(seed ^ 0x6b2c01e);
  if (random.chance(0.3)) to.consuming.group.auto_commit = to.commit_pause;
}

void make_answers(std::uint64_t seed, scenario& to) {
  rng random(seed ^ 0x3a05e2);
  if (random.chance(0.25)) to.wrong_answers = one_of(random, std::array{0.01, 0.05, 0.2});
}

}  // namespace

broker_habits make_habits(rng& random) {
  broker_habits out;
  out.segment_bytes = one_of<std::uint64_t>(random, std::array<std::uint64_t, 3>{2000, 20'000, 1 << 20});
  out.tail_memory = one_of<std::size_t>(random, std::array<std::size_t, 3>{4000, 100'000, 1 << 20});
  out.replica_lag = one_of(random, std::array<millis, 3>{millis(500), millis(1000), millis(2000)});
  out.replica_fetch_wait = one_of(random, std::array<millis, 2>{millis(50), millis(300)});
  out.metadata_between_snapshots = one_of<std::int64_t>(random, std::array<std::int64_t, 3>{0, 500, 4000});
  return out;
}

scenario make_scenario(std::uint64_t seed) {
  rng random(seed ^ 0x5ca1ab1e);
  scenario out;
  out.partitions = static_cast<int>(1 + random.below(4));
  out.producers = static_cast<int>(1 + random.below(3));
  out.members = static_cast<int>(1 + random.below(3));
  out.storm = seconds(4 + random.below(8));
  out.calm =
      one_of<duration>(random, std::array<duration, 3>{milliseconds(300), milliseconds(800), seconds(2)});
  out.durable = random.chance(0.75);
  out.power_cuts = out.durable;
  out.weather = make_weather(random);
  out.disks.delay = one_of(random, std::array{0.0, 0.2, 0.5});
  out.disk_delay =
      one_of<duration>(random, std::array<duration, 3>{microseconds(50), microseconds(500), milliseconds(5)});
  make_producing(random, out);
  make_consuming(random, out);
  out.connecting.request_timeout = milliseconds(one_of(random, std::array{1000, 3000, 10'000}));
  out.connecting.connect_timeout = seconds(2);
  out.connecting.retry = {milliseconds(20), milliseconds(500)};
  out.connecting.reconnect = {milliseconds(20), milliseconds(500)};
  make_cluster(seed, out);
  make_roles(seed, out);
  make_rot(seed, out);
  make_committing(seed, out);
  make_answers(seed, out);
  for (int i = 0; i < out.nodes; ++i)
    out.connecting.bootstrap.push_back({"broker" + std::to_string(i + 1), broker_port});
  return out;
}

}  // namespace klamm::sim
