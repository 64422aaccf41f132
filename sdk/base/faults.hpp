// Rare paths and planted bugs, for the simulator only: null in production, reachable from no configuration.
#pragma once

#include <string_view>

namespace klamm {

class fault_injector {
 public:
  virtual ~fault_injector() = default;
  /// Whether the point called `name` fires now. Names read "folder.what_goes_wrong" and are listed in
  /// tests/sim.
  virtual bool fires(std::string_view name) = 0;
};

/// `if (fires(faults_, "log.skip_fsync")) ...` costs a null check in production.
inline bool fires(fault_injector* faults, std::string_view name) { return faults && faults->fires(name); }

}  // namespace klamm
