// Where the machines say what they do. Silent unless somebody listens.
#pragma once

#include <string_view>

namespace klamm {

enum class log_level { error, warning, info, debug };

class log_sink {
 public:
  virtual ~log_sink() = default;
  /// Asked first, so that nothing is formatted for nobody.
  virtual bool wants(log_level level) const = 0;
  /// `where` names the part of the system ("sender", "log orders-3"); `what` is a sentence.
  virtual void write(log_level level, std::string_view where, std::string_view what) = 0;
};

/// The sink that wants nothing.
log_sink& silent_log();

}  // namespace klamm
