// Who makes the topic before anything else happens.
#pragma once

#include "tests/sim/cluster/client_process.hpp"

namespace klamm::sim {

class admin_process final : public client_process {
 public:
  admin_process(stage& on, host_id at);
  ~admin_process() override { drop_core(); }

  void begin();
  bool done() const { return done_; }

 private:
  void create();

  bool done_ = false;
};

}  // namespace klamm::sim
