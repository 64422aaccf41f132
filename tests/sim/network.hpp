// The simulated network: hosts, each running one machine at a time, and connections that carry their encoded bytes.
//
// A connection keeps the order of its bytes and nothing else: they come late, in other pieces than they were sent in, stop at
// a partition until it heals, or are cut off in the middle of a frame by a reset.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/strong.hpp"
#include "link/transport.hpp"
#include "tests/sim/world.hpp"

namespace klamm::sim {

using host_id = strong_id<struct host_id_tag, std::int32_t>;

/// What runs on a host, from its start to its crash or end.
class process {
 public:
  virtual ~process() = default;
  virtual link::net_machine& machine() = 0;
  /// Called after each event of the machine: completions, disk effects, checks.
  virtual void settle() {}
};

struct network_conditions {
  duration least_delay = std::chrono::microseconds(50), most_delay = std::chrono::milliseconds(2);
  /// Of each piece of bytes that arrives.
  double reset = 0;
  /// Of each connection attempt.
  double refuse = 0;
  /// The largest piece in which bytes arrive; 0: as they were sent.
  std::size_t piece = 0;
  /// How long a connection attempt into a partition takes to fail.
  duration connect_timeout = std::chrono::seconds(5);
};

struct network_counts {
  std::uint64_t connections = 0, resets = 0, refused = 0, bytes = 0, held_by_partition = 0;
};

class network {
 public:
  explicit network(world& in) : world_(in) {}

  host_id add_host(std::string name);
  const std::string& name(host_id host) const { return hosts_[index(host)].name; }

  /// Starts a process on the host. Its first events come from connections and from its deadline.
  void start(host_id host, process& runs);
  /// Accepts connections at host:port for the process that runs there, until it stops.
  void listen(host_id host, link::listener_id listener, std::uint16_t port);
  /// The process is gone, from now on and without a word: peers see resets, unless a partition hides them.
  void stop(host_id host);
  bool runs(host_id host) const { return hosts_[index(host)].runs != nullptr; }

  /// Carries out what the host's process decided outside of an event (a command was given to it), and settles it.
  void carry_out(host_id host, link::net_effects&& effects);
  /// Nothing happens on the host until then, though bytes for it arrive and its deadlines pass.
  void pause(host_id host, duration time);
  time_point paused_until(host_id host) const { return hosts_[index(host)].paused_until; }

  void block(host_id from, host_id to) { blocked_.insert({from, to}); }
  void heal();
  /// A process that asks for ticks at one moment without end: its name. A real one would burn its processor.
  const std::string& spinning() const { return spinning_; }

  network_conditions conditions;
  network_counts counts;

 private:
  struct host {
    std::string name;
    process* runs = nullptr;
    std::uint64_t life = 0;  // counts the processes that ran here
    std::map<std::uint16_t, link::listener_id> listeners;
    time_point paused_until{};
    time_point tick_at = never, last_tick{};
    int ticks_at_once = 0;
    std::int64_t next_accepted = 0;
  };
  struct end_name {
    host_id at;
    std::uint64_t life = 0;
    link::connection_id id;
  };
  /// One end of a connection.
  struct end : end_name {
    end_name peer;
    bool open = true;
    bool paused = false;                         // the machine does not want to read now
    std::deque<std::vector<std::byte>> arrived;  // not read yet
    time_point last_arrival{};                   // of what this end sent
  };
  using end_ptr = std::shared_ptr<end>;

  static std::size_t index(host_id host) { return static_cast<std::size_t>(host.value); }
  bool alive(const end& e) const { return e.open && hosts_[index(e.at)].life == e.life && runs(e.at); }
  bool blocked(host_id from, host_id to) const { return blocked_.contains({from, to}); }
  host_id find_host(const std::string& name) const;

  void deliver(host_id to, const link::net_event& event);
  void apply(host_id from, const link::net_effect& effect);
  void schedule_tick(host_id host);
  void tick(host_id host, std::uint64_t life, time_point when);

  void connect(host_id from, const link::effect::connect& wanted);
  void establish(host_id from, std::uint64_t life, const link::effect::connect& wanted);
  void fail_connect(host_id from, std::uint64_t life, link::connection_id id, std::string why);
  void send(host_id from, const link::effect::send& what);
  void arrive(const end_ptr& from, const end_ptr& to, std::vector<std::byte> bytes);
  void read(const end_ptr& to);
  void close(host_id from, const link::effect::close& what);
  void reset(const end_ptr& one);
  /// Tells an end that its connection is over, once what was sent to it before has arrived.
  void close_later(const end_ptr& e, time_point when, std::string why);
  end_ptr find(host_id at, link::connection_id id) const;
  end_ptr find(const end_name& name) const;
  void forget(const end& e);
  /// Runs `then` once `from` reaches `to` again; at once if it does.
  void when_reachable(host_id from, host_id to, world::action then);

  world& world_;
  std::vector<host> hosts_;
  std::map<std::pair<host_id, link::connection_id>, end_ptr> ends_;
  std::set<std::pair<host_id, host_id>> blocked_;
  std::vector<world::action> held_;  // until the partition heals
  std::string spinning_;
};

}  // namespace klamm::sim
