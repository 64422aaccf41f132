// What a member of a group owns, and what the application is told of it. Callbacks never overlap: the next comes when the one
// before has been answered, and until then the member starts nothing that would need one.
#pragma once

#include <set>

#include "client/fetch_sink.hpp"
#include "client/positions.hpp"

namespace klamm::client {

class owned_partitions {
 public:
  using partition_set = std::set<topic_partition>;
  using next_step = unique_function<void(instant)>;

  owned_partitions(positions& at, fetch_sink& sink) : positions_(at), sink_(sink) {}

  const partition_set& all() const { return owned_; }
  /// How often the application was told of a change, and when last; `never`: not yet.
  std::uint64_t rebalances() const { return rebalances_; }
  time_point last_rebalance() const { return last_rebalance_; }
  /// A callback is with the application.
  bool telling() const { return callback_ != 0; }
  /// Since when the application has been expected to poll; `never`: it is not.
  time_point poll_expected_since() const;

  /// Asks the application to let go of these; fetching stops at once. `then`: they are given up.
  void revoke(const partition_set& partitions, next_step then, instant now);
  /// Takes these, and tells the application.
  void assign(const partition_set& partitions, next_step then, instant now);
  /// Everything is gone already. `then`: the application has heard of it; a callback that is out comes back first.
  void lose(next_step then, instant now);
  /// Gives everything up without a word.
  void drop();

  void told(std::uint64_t id, instant now);

 private:
  void tell(rebalance_event::kind what, const partition_set& partitions, next_step then, instant now);
  void give_up(const partition_set& partitions);

  positions& positions_;
  fetch_sink& sink_;
  partition_set owned_;
  std::uint64_t callback_ = 0;  // its id while it is with the application, or 0
  std::uint64_t next_callback_ = 1;
  next_step after_callback_;
  std::uint64_t rebalances_ = 0;
  time_point last_rebalance_ = never;
};

}  // namespace klamm::client
