// What goes wrong during the storm, at times and in ways that the seed decides. Everything that it breaks it mends again,
// or leaves to the healing.
#pragma once

#include <optional>

#include "tests/sim/cluster/simulation.hpp"

namespace klamm::sim {

class nemesis {
 public:
  explicit nemesis(simulation& victim) : victim_(victim), stage_(victim.stage_) {}

  void begin();
  void end();

 private:
  void strike();
  void crash_broker();
  void stop_broker();
  void break_disk();
  void bring_back(broker_host& broker);
  void partition();
  void pause();
  void crash_producer();
  void disturb_member();
  void jump_clock();
  void administer();
  void cut_power_behind_commit();
  // Of a cluster: nemesis_cluster.cpp.
  void crash_leader();
  void crash_all();
  void isolate();
  void depose();
  void flap();
  enum class ways { out, in, both };
  void cut_off(host_id one, ways which, host_id bridge = {});
  ways any_ways();
  void slow_disk();
  // Bits that turn: nemesis_rot.cpp.
  void rot();
  void make_anew();
  bool rots();
  const broker::meta::partition_image* newest(const topic_partition& of) const;
  bool may_lose(const broker_host& broker, const topic_partition& one) const;
  topic_partition any_partition();
  broker_host* leader_of(const topic_partition& partition);
  broker_host& leader_or_any();
  void crash(broker_host& broker);

  template <class T>
  T& any(std::vector<T>& of) {
    return of[stage_.time.random().below(of.size())];
  }
  host_id any_client();
  host_id any_broker() { return any(victim_.brokers_)->id(); }
  void later(duration most, world::action then);

  simulation& victim_;
  stage& stage_;
  bool ended_ = false;
  struct rotten {
    broker_host& on;
    topic_partition of;
    bool made_anew = false;
  };
  std::optional<rotten> rotten_;
};

}  // namespace klamm::sim
