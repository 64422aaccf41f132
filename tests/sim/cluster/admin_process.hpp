// Who makes the topic before anything else happens, and administers it while the storm lasts: deletes records, and in a cluster
// makes and deletes another topic, moves replicas, gives leaderships back.
#pragma once

#include "tests/sim/cluster/client_process.hpp"

namespace klamm::sim {

class admin_process final : public client_process {
 public:
  admin_process(stage& on, host_id at);
  ~admin_process() override { drop_core(); }

  void begin();
  bool done() const { return done_; }
  /// Something of what it is there for. Nothing while the one before is under way; a deletion waits for another alone.
  void administer();

 private:
  void create();
  void make_or_delete_other();
  void reassign();
  void elect();
  void delete_records();
  void on_done(std::string_view what, bool well);
  void count(std::string_view what, bool well);

  bool done_ = false, busy_ = false, deleting_ = false, other_is_there_ = false;
};

}  // namespace klamm::sim
